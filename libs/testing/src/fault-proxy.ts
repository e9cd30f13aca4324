import { EventEmitter, once } from 'node:events';
import { type IncomingMessage, createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request as send } from 'undici';
import { tokenFingerprint } from './rotating-provider-log.js';

/** What happens to one request. */
export type Fault =
  /** The provider commits, and its answer is dropped with the connection. */
  | { kind: 'cut' }
  /** The provider commits, and its answer comes this much later. */
  | { kind: 'delay'; seconds: number }
  /** The provider commits, and its answer comes when the gate opens. */
  | { kind: 'hold'; until: Gate }
  /** The connection is dropped, and the provider never hears of it. */
  | { kind: 'reset' }
  /** Answered in the provider's place, which never hears of it. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string };

/** Holds answers back until it is opened. */
export class Gate {
  readonly #events = new EventEmitter();
  readonly opened = once(this.#events, 'open');

  open(): void {
    this.#events.emit('open');
  }
}

/** The life of one request here, in milliseconds since the epoch. */
export interface Passage {
  at: number;
  /** Of the presented refresh token. */
  presented: string;
  fault: Fault['kind'] | null;
  committedAt: number | null;
  answeredAt: number | null;
  /** When the client went away before it had the answer, or so soon after it that it may have died with it in hand. */
  abandonedAt: number | null;
}

/** A client that goes away this soon after its answer may not have stored it. An idle connection is closed later than this by all means. */
const IN_HAND_MILLISECONDS = 3000;

export const html: Fault = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Down for maintenance</body></html>',
};
export const empty: Fault = { kind: 'answer', status: 200 };

export function failing(status: number, retryAfter?: string): Fault {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { kind: 'answer', status, headers, body: '' };
}

/** Stands before a token endpoint and does to its answers what networks and crashing providers do. */
export class FaultProxy {
  /** Decides for each request that comes; null lets it pass. */
  choose: (passage: Passage) => Fault | null = () => null;
  /** Each answer comes so much later, at random between the two: it keeps refreshes under way for something to happen to. */
  latencyMilliseconds: readonly [number, number] = [0, 0];
  readonly passages: Passage[] = [];
  readonly #agent = new Agent({ connections: 64 });
  readonly #underWay = new Set<Passage>();
  readonly #lastOf = new WeakMap<Socket, Passage>();
  readonly #server = createServer((request, response) => void this.#pass(request, response));

  private constructor(private readonly target: string) {
    this.#server.on('connection', (socket: Socket) => socket.once('close', () => this.#closed(socket)));
  }

  /** @param target origin of the provider */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests whose answer is not given yet. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** How many requests each fault met. */
  counts(): Partial<Record<Fault['kind'], number>> {
    const counts: Partial<Record<Fault['kind'], number>> = {};
    for (const { fault } of this.passages) if (fault) counts[fault] = (counts[fault] ?? 0) + 1;
    return counts;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
    await this.#agent.destroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request).catch(() => '');
    const token = new URLSearchParams(body).get('refresh_token') ?? '';
    const passage: Passage = {
      at: Date.now(),
      presented: tokenFingerprint(token),
      fault: null,
      committedAt: null,
      answeredAt: null,
      abandonedAt: null,
    };
    this.passages.push(passage);
    this.#underWay.add(passage);
    this.#lastOf.set(request.socket, passage);
    const fault = this.choose(passage);
    passage.fault = fault?.kind ?? null;
    try {
      await this.#answer(fault, passage, request, response, body);
    } catch {
      response.destroy();
    } finally {
      this.#underWay.delete(passage);
    }
  }

  async #answer(
    fault: Fault | null,
    passage: Passage,
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<void> {
    if (fault?.kind === 'reset') return void response.destroy();
    if (fault?.kind === 'answer') {
      passage.answeredAt = Date.now();
      return void response.writeHead(fault.status, fault.headers).end(fault.body);
    }
    const { 'content-type': type = '', accept = '*/*' } = request.headers;
    const answer = await send(this.target + (request.url ?? ''), {
      method: request.method ?? 'POST',
      headers: { 'content-type': type, accept },
      body,
      dispatcher: this.#agent,
    });
    const text = await answer.body.text();
    passage.committedAt = Date.now();
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'hold') await fault.until.opened;
    const [least, most] = this.latencyMilliseconds;
    const late = least + Math.random() * (most - least) + (fault?.kind === 'delay' ? fault.seconds * 1000 : 0);
    if (late > 0) await delay(late);
    if (response.destroyed) return;
    passage.answeredAt = Date.now();
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type'] ?? '') }).end(text);
  }

  #closed(socket: Socket): void {
    const passage = this.#lastOf.get(socket);
    if (!passage || passage.fault === 'cut' || passage.fault === 'reset') return;
    const { answeredAt } = passage;
    if (answeredAt === null || Date.now() - answeredAt < IN_HAND_MILLISECONDS) passage.abandonedAt = Date.now();
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
