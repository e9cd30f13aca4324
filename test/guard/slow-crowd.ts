import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a slow client sends at once, then a piece at a time; and whether it reads what it is answered. */
interface Slowness {
  name: string;
  sent: string;
  drip: string;
  reads: boolean;
}

const HEAD = 'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\n';
const FORM = `${HEAD}content-type: application/x-www-form-urlencoded\r\ncontent-length: 10000\r\n\r\n`;
const PAGE = 'GET /docs/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n';
/** More than the system keeps for the two ends of a connection: the server has to keep the rest. */
const PAGES = 15;
const DRIP_MILLISECONDS = 1000;
/** A crowd that comes at once is a flood, which is another thing. */
const COME_PER_SECOND = 100;

/** As slowhttptest has them: slow headers, slow bodies, slow reading; and those that say no more, or nothing. */
const FORMS: readonly Slowness[] = [
  { name: 'drips its headers', sent: HEAD, drip: 'x-a: 1\r\n', reads: true },
  { name: 'drips its body', sent: FORM, drip: 'a', reads: true },
  { name: 'does not read', sent: PAGE.repeat(PAGES), drip: '', reads: false },
  { name: 'stops in its headers', sent: HEAD, drip: '', reads: true },
  { name: 'stops in its body', sent: FORM, drip: '', reads: true },
  { name: 'says nothing', sent: '', drip: '', reads: true },
];

/** So many slow clients of every form. Whoever is cut off comes back. */
export class SlowCrowd implements Disposable {
  readonly #sockets = new Set<Socket>();
  #isThere = true;
  comebacks = 0;

  constructor(private readonly port: number) {}

  async come(clients: number): Promise<void> {
    for (let client = 0; client < clients; client += 1) {
      this.#come(FORMS[client % FORMS.length] as Slowness);
      await delay(1000 / COME_PER_SECOND);
    }
  }

  /** That the server has not cut off. */
  get connected(): number {
    return [...this.#sockets].filter(({ readyState }) => readyState === 'open').length;
  }

  [Symbol.dispose](): void {
    this.#isThere = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #come(slowness: Slowness): void {
    const { sent, drip, reads } = slowness;
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('connect', () => socket.write(sent));
    const dripping = setInterval(() => drip && socket.write(drip), DRIP_MILLISECONDS);
    if (reads) socket.resume();
    else socket.pause();
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      clearInterval(dripping);
      this.#sockets.delete(socket);
      if (!this.#isThere) return;
      this.comebacks += 1;
      this.#come(slowness);
    });
  }
}
