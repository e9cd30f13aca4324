import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import type { ServiceProcess } from '#libs/testing';
import type { BareAnswer } from './bare-fastify.js';
import { httpLoad } from './http-load.js';
import { INSPECTABLE, inspectChild } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import { ask, type RawAnswer } from './raw-answer.js';
import type { Suite } from './suite.js';
import type { Workbench } from './workbench.js';

const PATH = '/tenants/bench/.well-known/jwks.json';

/** A tenant's JWKS over HTTP, against a Fastify route in a process of its own that sends the same bytes. */
export const keysJwks: Suite = {
  async prepare(bench, { profile }) {
    const databaseUrl = await bench.database();
    bench.progress('starting the service');
    const service = await bench.process({ databaseUrl, env: profile ? INSPECTABLE : {} });
    await createTenant(service);
    const url = service.url + PATH;
    const answer = await ask(url);
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${answer.body}`);
    const bare = await startBare(bench, answer);
    const measures: Measure[] = [
      {
        name: 'GET jwks.json',
        unit: 'requests',
        ours: httpLoad({ url, pid: service.pid, status: 200 }),
        baselines: { 'bare Fastify': httpLoad({ url: bare.url + PATH, pid: bare.pid, status: 200 }) },
      },
      { name: 'GET jwks.json, 304', unit: 'requests', ours: unchanged(url, service.pid, answer), baselines: {} },
    ];
    return { measures, inspect: () => inspectChild(service.logs()) };
  },
};

async function createTenant({ url, adminToken }: ServiceProcess): Promise<void> {
  const { publicKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'bench-1', alg: 'ES256', use: 'sig' };
  const response = await fetch(`${url}/admin/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      slug: 'bench',
      name: 'Bench',
      issuer: 'https://bench.example',
      audience: 'gatehouse',
      trust: { jwks: { keys: [key] } },
    }),
  });
  if (!response.ok) throw new Error(`The tenant could not be made: ${response.status} ${await response.text()}`);
}

/** @throws when it does not send what ours sends, byte by byte and header by header: then nothing could be compared */
async function startBare(bench: Workbench, answer: RawAnswer): Promise<ServiceProcess> {
  const file = join(bench.folder('bare'), 'answer.json');
  await writeFile(file, JSON.stringify({ ...answer, path: PATH } satisfies BareAnswer));
  bench.progress('starting the bare Fastify');
  const script = join(import.meta.dirname, 'bare-fastify.js');
  const bare = await bench.process({ databaseUrl: '', script, env: { BARE_ANSWER: file } });
  const same = await ask(bare.url + PATH);
  if (!isDeepStrictEqual(same, answer)) {
    throw new Error(`The bare Fastify does not answer as ours: ${JSON.stringify({ ours: answer, bare: same })}`);
  }
  return bare;
}

/** What a client costs that has our answer already. */
function unchanged(url: string, pid: number, { headers: { etag } }: RawAnswer): Runner {
  if (etag === undefined) return () => Promise.reject(new Error(`${url} has no ETag to ask with.`));
  return httpLoad({ url, pid, status: 304, headers: { 'if-none-match': etag } });
}
