import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fastifyAdapter, HTTP_TIMES } from '../../apps/api/src/http/fastify.js';
import { GuardedService } from './guarded-service.js';

/** Shorter than the product's own, and long enough for whoever is not slow while hundreds are. */
const TIMES = { headers: 2000, request: 3000, check: 50, silence: 8000 };
const SLOW_CLIENTS = 300;

const HEADERS = 'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\n';
const BODY = `${HEADERS}content-type: application/x-www-form-urlencoded\r\ncontent-length: 10000\r\n\r\n`;

let service: GuardedService;
let clients: SlowClient[] = [];

beforeAll(async () => {
  service = await GuardedService.start({ times: TIMES });
});
afterEach(() => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
});
afterAll(() => service?.close());

/** Never quite done: a byte now and then, for as long as it is let. It never closes its end by itself. */
class SlowClient {
  answer = '';
  /** The server closed its end, or the connection. */
  isLetGo = false;

  private constructor(
    readonly socket: Socket,
    drip: string,
  ) {
    const timer = setInterval(() => drip && socket.write(drip), 100);
    socket.on('data', (chunk: Buffer) => (this.answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('end', () => (this.isLetGo = true));
    socket.on('close', () => {
      clearInterval(timer);
      this.isLetGo = true;
    });
  }

  static async start(sent: string, drip = ''): Promise<SlowClient> {
    const port = Number(new URL(service.gatehouse.url).port);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.write(sent);
    const client = new SlowClient(socket, drip);
    clients.push(client);
    return client;
  }
}

/** By the server too, which would keep a connection that its client does not close if it only closed its own end. */
const allCutOff = () =>
  vi.waitFor(
    async () => expect([clients.filter(({ isLetGo }) => !isLetGo).length, await connections()]).toEqual([0, 0]),
    // Before the silence of a connection of which only one end is closed would do it.
    { timeout: TIMES.silence, interval: 50 },
  );

describe('a client that', () => {
  it.each([
    ['sends half of its headers', HEADERS, ''],
    ['drips its headers', HEADERS, 'x-a: 1\r\n'],
    ['sends half of its body', `${BODY}grant_type`, ''],
    ['drips its body', BODY, 'a'],
  ])('%s is told so, and cut off', async (_what, sent, drip) => {
    const client = await SlowClient.start(sent, drip);
    await allCutOff();
    expect(client.answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('says nothing at all is cut off', async () => {
    await SlowClient.start('');
    await allCutOff();
  });

  it('does not read what it asked for is cut off', async () => {
    const page = (await service.gatehouse.get('/to/no/such/page')).text.length;
    // More than the system keeps for the two ends of a connection: what it kept, the client would have had.
    const client = await SlowClient.start('GET /to/no/such/page HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(24_000_000 / page));
    client.socket.pause();
    await vi.waitFor(async () => expect(await connections()).toBe(1), { timeout: 20_000 });
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 60_000, interval: 100 });
  }, 70_000);
});

it(`${SLOW_CLIENTS} of them keep nobody else from being answered, and leave nothing behind`, async () => {
  const kinds = [
    [HEADERS, 'x-a: 1\r\n'],
    [BODY, 'a'],
  ] as const;
  const ofEach = Array.from({ length: SLOW_CLIENTS / kinds.length }, () => kinds).flat();
  await Promise.all(ofEach.map(([sent, drip]) => SlowClient.start(sent, drip)));
  const answers = await Promise.all(Array.from({ length: 100 }, () => service.gatehouse.get('/health/ready')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await allCutOff();
});

it('the product has its own times, as docs/limits.md says', () => {
  expect(HTTP_TIMES).toEqual({ headers: 15_000, request: 30_000, check: 1000, silence: 600_000 });
  const { server } = fastifyAdapter({ trustedProxies: [] }).getInstance();
  expect([server.headersTimeout, server.requestTimeout, server.timeout, server.keepAliveTimeout]).toEqual([
    15_000, 30_000, 600_000, 72_000,
  ]);
});

/** That the server holds. */
function connections(): Promise<number> {
  return new Promise((resolve, reject) => {
    service.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
