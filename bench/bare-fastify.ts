import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';
import type { RawAnswer } from './raw-answer.js';

/** The baseline of `keys-jwks`: nothing but Fastify and one answer that never changes. */
export interface BareAnswer extends RawAnswer {
  path: string;
}

/** Fastify and Node write these by themselves. */
const OF_THE_SERVER = ['connection', 'keep-alive', 'content-length', 'transfer-encoding'];

const { path, status, headers, body } = JSON.parse(readFileSync(process.env.BARE_ANSWER ?? '', 'utf8')) as BareAnswer;
const given = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_SERVER.includes(name)));
const app = fastify();
app.get(path, (_, reply) => reply.code(status).headers(given).send(body));
app.get('/health/ready', () => 'ready');
await app.listen({ host: process.env.HOST ?? '', port: Number(process.env.PORT) });
