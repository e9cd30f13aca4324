import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { PARTNER } from './name-zone.js';

const IPV6 = '::1';
const TRAPS = ['127.0.0.1', '127.0.0.3', '127.127.127.127', IPV6];
const MAX_PORTS = 10;

/** What a machine says that has no such address: nothing can be reached there either. */
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

interface Connecting {
  connectParams: { hostname: string; port: string };
}

/** A server that may be called, at the only address that is exempt, and traps on the same port wherever else this machine listens. */
export class Trap {
  /** What was caught: each connection, and each that was tried with an address that is not the partner's. */
  readonly caught: string[] = [];
  /** Paths that the partner was asked for. */
  readonly asked: string[] = [];
  readonly #servers: (Server | HttpServer)[] = [];

  private constructor(readonly port: number) {}

  get partner(): string {
    return `http://${PARTNER}:${this.port}`;
  }

  /** An address of the partner, which sends whoever asks on to this one. */
  moved(url: string): string {
    return `${this.partner}/answering/moved/${where(url)}`;
  }

  /** Of the partner's address: connections are taken there, and nothing else happens. */
  async silentPort(): Promise<number> {
    const server = createServer((socket) => socket.on('error', () => undefined));
    server.listen(0, PARTNER);
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  static async start(): Promise<Trap> {
    for (let ports = 1; ; ports += 1) {
      const trap = await Trap.#withPartner();
      try {
        for (const address of TRAPS) await trap.#lay(address);
        subscribe('undici:client:beforeConnect', trap.#watch);
        return trap;
      } catch (error) {
        trap.close();
        // Free at the partner's address is not free at each of the others.
        if (codeOf(error) !== 'EADDRINUSE' || ports === MAX_PORTS) throw error;
      }
    }
  }

  static async #withPartner(): Promise<Trap> {
    const partner = createHttpServer(({ url = '' }, response) => {
      trap.asked.push(url);
      const [, how, to = ''] = /^\/answering\/(moved|accepted)\/([\w-]+)/.exec(url) ?? [];
      const location = Buffer.from(to, 'base64url').toString();
      if (how) response.writeHead(how === 'moved' ? 302 : 202, { location, 'content-type': 'application/json' });
      response.end('{}');
    });
    partner.listen(0, PARTNER);
    await once(partner, 'listening');
    const trap = new Trap((partner.address() as AddressInfo).port);
    trap.#servers.push(partner);
    return trap;
  }

  close(): void {
    unsubscribe('undici:client:beforeConnect', this.#watch);
    for (const server of this.#servers) {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    }
  }

  async #lay(address: string): Promise<void> {
    const server = createServer((socket) => {
      this.caught.push(`${address} was reached`);
      socket.destroy();
    });
    server.listen(this.port, address);
    try {
      await once(server, 'listening');
    } catch (error) {
      if (address === IPV6 && NO_IPV6.has(codeOf(error) ?? '')) return;
      throw error;
    }
    this.#servers.push(server);
  }

  /** Before a packet is sent. The test's own requests go to `localhost` by its name. */
  readonly #watch = (message: unknown): void => {
    const { hostname, port } = (message as Connecting).connectParams;
    if (hostname !== 'localhost' && hostname !== PARTNER) this.caught.push(`${hostname}:${port} was called`);
  };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** As the partner is told where to send on to. */
export function where(url: string): string {
  return Buffer.from(URL.canParse(url) ? new URL(url).href : encodeURI(url)).toString('base64url');
}
