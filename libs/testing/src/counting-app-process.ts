import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CountedJob, CountingSettings, Executed } from './counting-app-log.js';

/** A third party that counts what it carries out. It dies with whoever started it. */
const settings: CountingSettings = { latencyMilliseconds: [0, 0], lookMilliseconds: 0 };
const executed = new Map<string, Executed>();
const answers = new Map<string, string>();
const jobs = new Map<string, CountedJob>();
let abandoned = 0;

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
}).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
process.stdin.resume().once('end', () => process.exit());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://app');
  const body = await textOf(request);
  if (pathname === '/control') return control(request, response, body);
  if (pathname.startsWith('/jobs/')) return look(pathname.slice('/jobs/'.length), response);
  if (request.method === 'GET') return send(response, 200, { ok: true });
  await write(request, response, JSON.parse(body || '{}') as { name?: string; seconds?: number });
}

/** It is carried out at once, and answered a while later: whoever goes away meanwhile does not know of it. */
async function write(
  request: IncomingMessage,
  response: ServerResponse,
  { name = '', seconds = 0 }: { name?: string; seconds?: number },
): Promise<void> {
  const key = request.headers['idempotency-key'];
  const known = typeof key === 'string' ? answers.get(key) : undefined;
  const count = executed.get(name) ?? { name, times: 0, requests: 0 };
  count.requests += 1;
  executed.set(name, count);
  if (known === undefined) {
    count.times += 1;
    if (typeof key === 'string') answers.set(key, name);
    if (seconds > 0) jobs.set(name, { name, doneAt: Date.now() + seconds * 1000, seenAt: null, looks: [] });
  }
  const [least, most] = settings.latencyMilliseconds;
  if (most > 0) await delay(least + Math.random() * (most - least));
  if (response.destroyed) {
    abandoned += 1;
    return;
  }
  if (seconds > 0) send(response, 202, { name }, { location: `/jobs/${encodeURIComponent(name)}` });
  else send(response, 200, { name });
}

async function look(name: string, response: ServerResponse): Promise<void> {
  const job = jobs.get(decodeURIComponent(name));
  if (!job) return send(response, 404, {});
  const now = Date.now();
  job.looks.push(now);
  if (settings.lookMilliseconds > 0) await delay(settings.lookMilliseconds);
  if (job.doneAt > now) return send(response, 202, { name });
  if (!response.destroyed) job.seenAt ??= Date.now();
  send(response, 200, { name, done_at: job.doneAt });
}

function control(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (request.method === 'PATCH') Object.assign(settings, JSON.parse(body));
  if (request.method === 'DELETE') for (const map of [executed, answers, jobs]) map.clear();
  send(response, 200, { executed: [...executed.values()], jobs: [...jobs.values()], abandoned });
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
