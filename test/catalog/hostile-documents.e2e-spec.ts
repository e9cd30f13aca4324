import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { hostileDocuments } from './hostile-documents.js';

/** What a request may wait at most while a document is read. Reading it in the same thread would take seconds. */
const MAX_WAIT_MILLISECONDS = 1000;
/** The thread that reads may take 512 MB while it does; what it leaves behind is less. */
const MAX_PEAK_MEGABYTES = 1100;
const MAX_GROWTH_MEGABYTES = 350;

let database: TestDatabase;
let service: ServiceProcess;
let gatehouse: Gatehouse;
let megabytesBefore: number;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url, env: { ROLES: 'api', APPS_DIR: 'apps.d' } });
  gatehouse = new Gatehouse(service.url, service.adminToken);
  expect((await post(good('warm-up'))).status).toBe(201);
  megabytesBefore = await megabytes('VmRSS');
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

const post = (body: string, type = 'application/json') =>
  gatehouse.call('POST', '/admin/apps', { bearer: service.adminToken, body, headers: { 'content-type': type } });

function good(key: string): string {
  const get = { operationId: 'op', responses: { 200: { description: 'ok' } } };
  const info = { title: 'Good', version: '1', 'x-gatehouse': { key } };
  return JSON.stringify({ openapi: '3.1.0', info, servers: [{ url: 'https://a.test' }], paths: { '/a': { get } } });
}

/** As the kernel counts it. */
async function megabytes(name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${service.pid}/status`, 'utf8');
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

/** The longest that anybody else waited for an answer meanwhile. */
async function longestWaitDuring(work: Promise<unknown>): Promise<number> {
  const waits: number[] = [];
  const over = new AbortController();
  void work.catch(() => undefined).finally(() => over.abort());
  do {
    const began = performance.now();
    expect((await gatehouse.get('/health/live')).status).toBe(200);
    waits.push(performance.now() - began);
  } while (!over.signal.aborted);
  return Math.max(...waits);
}

test('the apps that ship are there from the start', async () => {
  const { apps } = (await gatehouse.admin('GET', '/admin/apps')).json as { apps: { key: string; source: string }[] };
  const shipped = apps.filter(({ source }) => source === 'file').map(({ key }) => key);
  expect(shipped).toEqual(['github', 'google-sheets', 'hubspot']);
});

describe('a hostile document is refused with a sentence, or works, while the service goes on answering', () => {
  test.each(hostileDocuments)('$name', async ({ text, type, becomes }) => {
    const posted = post(text(), type);
    expect(await longestWaitDuring(posted)).toBeLessThan(MAX_WAIT_MILLISECONDS);
    const answer = await posted;
    if (becomes === 'an app') expect(answer.status, answer.text).toBe(201);
    if (!(becomes instanceof RegExp) && answer.status === 201) return;
    expectRefusal(answer, 'admin', 400, { code: 'document_invalid' });
    expect(answer.text.length).toBeLessThan(1000);
    if (becomes instanceof RegExp) expect(answer.at('detail')).toMatch(becomes);
  });

  test('50 MB are refused before they are read', async () => {
    const answer = await post(' '.repeat(50 * 1024 * 1024)).catch((error: unknown) => error);
    // A server that does not read on may break the connection off before its answer is seen.
    if (answer instanceof Error) expect(String(answer.cause)).toMatch(/ECONNRESET|EPIPE|other side closed|socket/i);
    else expect(answer).toMatchObject({ status: 413 });
  });

  test('a large document of somebody who may not send one is not read', async () => {
    const body = ' '.repeat(10 * 1024 * 1024);
    const call = { body, headers: { 'content-type': 'application/json', authorization: 'Bearer wrong' } };
    const answer = await gatehouse.call('POST', '/admin/apps', call).catch((error: unknown) => error);
    if (answer instanceof Error) expect(String(answer.cause)).toMatch(/ECONNRESET|EPIPE|other side closed|socket/i);
    else expect(answer).toMatchObject({ status: 401 });
  });

  test('bytes that are not UTF-8 are refused', async () => {
    const body = new Uint8Array([
      ...Buffer.from('{"openapi":"3.1.0","info":{"title":"'),
      0xff,
      0xfe,
      ...Buffer.from('"}}'),
    ]);
    const response = await fetch(`${service.url}/admin/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${service.adminToken}`, 'content-type': 'application/json' },
      body,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'parse_error' }]);
  });

  test('two at once wait for each other, and a good one behind them is registered', async () => {
    const bad = hostileDocuments.find(({ name }) => name === '50,000 mistakes');
    const posted = Promise.all([post(bad?.text() ?? ''), post(bad?.text() ?? ''), post(good('behind'))]);
    expect(await longestWaitDuring(posted)).toBeLessThan(MAX_WAIT_MILLISECONDS);
    expect((await posted).map(({ status }) => status)).toEqual([400, 400, 201]);
  });

  test('after all of them the process is no larger than it may be, and works', async () => {
    expect(await megabytes('VmHWM')).toBeLessThan(MAX_PEAK_MEGABYTES);
    expect((await megabytes('VmRSS')) - megabytesBefore).toBeLessThan(MAX_GROWTH_MEGABYTES);
    expect((await post(good('after'))).status).toBe(201);
    expect(service.logs().filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
  });
});
