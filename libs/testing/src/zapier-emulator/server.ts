import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answer } from './answer.js';
import type { Exchange } from './exchange.js';
import type { Reply } from './reply.js';
import type { Fired } from './rules.js';
import type { World } from './world.js';

/** The emulator as it is seen from outside. */
export class EmulatorServer {
  #server: Server;
  #port: number;

  constructor(
    private readonly world: World,
    port: number,
    private readonly host: string,
  ) {
    this.#port = port;
    this.#server = this.#create();
  }

  /** @returns its origin */
  async listen(): Promise<string> {
    this.#server.listen(this.#port, this.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return `http://${this.host}:${this.#port}`;
  }

  /** While it refuses, nobody listens at its port. */
  async refuse(refuses: boolean): Promise<void> {
    if (refuses === !this.#server.listening) return;
    if (refuses) return this.close();
    this.#server = this.#create();
    await this.listen();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #create(): Server {
    return createServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy());
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { world } = this;
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', 'http://emulator');
    const path = url.pathname.replace(/(?<=.)\/$/, '');
    const fired = world.rules.fire(method, path);
    const address = request.socket.remoteAddress ?? '';
    const known = { world, method, path, query: url.searchParams, headers, address, fired };
    const exchange: Exchange = { ...known, body: '', client: null, user: null };
    if (!fired.down) exchange.body = await textOf(request);
    const reply = fired.down || fired.lose_request ? null : await answer(exchange);
    if (fired.slow) await delay(fired.slow.milliseconds);
    const isAnswered = reply !== null && !fired.lose_reply && !fired.cut_reply && !fired.hang;
    note(exchange, isAnswered ? reply.status : null);
    if (!reply || fired.lose_reply) response.destroy();
    else if (!fired.hang) send(reply, response, fired);
  }
}

/** Its own overview is not worth a line of its log. */
function note({ world, method, path, query, client, user, fired }: Exchange, status: number | null): void {
  if (path === '/' || path.startsWith('/images/')) return;
  const shown = new URLSearchParams(query);
  if (shown.has('token')) shown.set('token', '…');
  const rules = Object.keys(fired);
  world.log.add({ at: world.now(), method, path, query: shown.toString(), status, client, user, rules });
}

function send({ status, headers = {}, body, html }: Reply, response: ServerResponse, fired: Fired): void {
  const text = html ?? (body === undefined ? '' : JSON.stringify(body));
  const type = html === undefined ? 'application/json' : 'text/html; charset=utf-8';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...headers });
  if (!fired.cut_reply) return void response.end(text);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
