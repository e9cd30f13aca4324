import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { appDocument, type ServiceProcess } from '#libs/testing';
import type { BareAnswer } from './bare-fastify.js';
import { enrolConnecting, openConnect, type OpenedConnect } from './connect-enrolment.js';
import { httpLoad } from './http-load.js';
import { INSPECTABLE, inspectChild } from './inspector.js';
import type { Measure } from './measure.js';
import { ask, type RawAnswer } from './raw-answer.js';
import type { Suite } from './suite.js';
import type { Workbench } from './workbench.js';

interface Target {
  name: string;
  path: string;
  status: number;
  headers: Record<string, string>;
}

/** What a person's browser asks of Connect, against a Fastify route in a process of its own that sends the same bytes. */
export const connect: Suite = {
  async prepare(bench, { profile }) {
    const databaseUrl = await bench.database();
    bench.progress('starting the service');
    const env = { RATE_LIMITS: 'off', ...(profile && INSPECTABLE) };
    const service = await bench.process({ databaseUrl, env });
    const enrolled = await enrolConnecting(service, appDocument('bench-app', 'http://127.0.0.1:9'));
    const opened = await openConnect(service, enrolled, 'bench-app');
    const measures: Measure[] = [];
    for (const target of targets(opened)) measures.push(await measureOf(bench, service, target));
    return { measures, inspect: () => inspectChild(service.logs()) };
  },
};

function targets({ path, cookie }: OpenedConnect): Target[] {
  return [
    { name: 'the Connect page', path, status: 200, headers: { cookie } },
    { name: 'the error page', path: '/to/bench-app?token=used', status: 400, headers: {} },
    { name: 'connect.js', path: '/connect.js', status: 200, headers: {} },
  ];
}

async function measureOf(
  bench: Workbench,
  service: ServiceProcess,
  { name, path, status, headers }: Target,
): Promise<Measure> {
  const url = service.url + path;
  const answer = await ask(url, headers);
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}: ${answer.body}`);
  const bytes = await bytesOf(service, answer);
  const bare = await startBare(bench, path, answer);
  return {
    name: `GET ${name}, a load of ${bytes.plain} bytes (${bytes.zipped} gzipped) in ${bytes.responses}`,
    unit: 'pages',
    ours: httpLoad({ url, pid: service.pid, status, headers }),
    baselines: { 'bare Fastify': httpLoad({ url: bare.url + path, pid: bare.pid, status, headers }) },
  };
}

/** Of the answer and of what its page has a browser fetch from us, bodies and headers, as if each were sent whole and gzipped. */
async function bytesOf(
  service: ServiceProcess,
  page: RawAnswer,
): Promise<Record<'plain' | 'zipped' | 'responses', number>> {
  const sources = [...page.body.matchAll(/<(?:img|script|link)[^>]+(?:src|href)="([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  const ours = sources.filter((path) => path.startsWith('/') || path.startsWith(service.url));
  const others = await Promise.all(ours.map((path) => ask(new URL(path, service.url).href)));
  const answers = [page, ...others];
  const sum = (size: (body: string) => number) =>
    answers.reduce((bytes, { headers, body }) => bytes + size(body) + JSON.stringify(headers).length, 0);
  return {
    plain: sum((body) => Buffer.byteLength(body)),
    zipped: sum((body) => gzipSync(body).length),
    responses: answers.length,
  };
}

/** @throws when it does not send what ours sends: then nothing could be compared */
async function startBare(bench: Workbench, path: string, answer: RawAnswer): Promise<ServiceProcess> {
  const file = join(bench.folder('bare'), 'answer.json');
  await writeFile(file, JSON.stringify({ ...answer, path: path.replace(/\?.*/, '') } satisfies BareAnswer));
  const script = join(import.meta.dirname, 'bare-fastify.js');
  const bare = await bench.process({ databaseUrl: '', script, env: { BARE_ANSWER: file } });
  const same = await ask(bare.url + path);
  if (!isDeepStrictEqual(same, answer)) {
    throw new Error(`The bare Fastify does not answer as ours: ${JSON.stringify({ ours: answer, bare: same })}`);
  }
  return bare;
}
