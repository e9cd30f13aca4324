import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '#libs/testing';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { bombs, outages, type BadAnswer } from './bad-jwks.js';
import { Fleet } from './fleet.js';
import { JwksHost, type Trust } from './jwks-host.js';
import { type Certificate, hasOpenssl, makeCertificate, TlsHost } from './tls-host.js';
import { TokenSmith } from './token-smith.js';

/** A process believes what it has read for a second. */
const SOON = { timeout: 20_000, interval: 100 };
const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
const MEMORY = '/proc/self/statm';

const folder = temporaryFolder('jwks-outage');
const authorities = join(folder.path, 'authorities.pem');
let fleet: Fleet;
let near: Gatehouse;
let far: Gatehouse;
let certificates: Record<'good' | 'unknown' | 'elsewhere', Certificate> | undefined;
const hosts: JwksHost[] = [];

beforeAll(async () => {
  if (hasOpenssl) {
    const make = (file: string, name: string) => makeCertificate(folder.path, file, name);
    certificates = {
      good: make('good', 'localhost'),
      unknown: make('unknown', 'localhost'),
      elsewhere: make('elsewhere', 'elsewhere.test'),
    };
    const known = [certificates.good, certificates.elsewhere];
    writeFileSync(authorities, known.map(({ certFile }) => readFileSync(certFile, 'utf8')).join(''));
  }
  const env: Record<string, string> = hasOpenssl ? { NODE_EXTRA_CA_CERTS: authorities } : {};
  fleet = await Fleet.start([env, env]);
  [near, far = near] = fleet.members;
});
afterAll(async () => {
  for (const host of hosts) await host.server.close();
  await fleet?.close();
  folder.remove();
});

let count = 0;
async function newHost(): Promise<JwksHost> {
  count += 1;
  const host = await JwksHost.start(near, `tenant-${count}`);
  hosts.push(host);
  return host;
}

/** Its keys are known to both processes. */
async function warmHost(): Promise<JwksHost> {
  const host = await newHost();
  for (const gatehouse of [near, far]) expect(await host.exchange('ec', gatehouse)).toBe(200);
  expect(host.fetches).toBe(1);
  return host;
}

/** The state of an outage: known keys verify, unknown ones can't be judged, and the operator reads why. */
async function expectOutage(host: JwksHost, good: Trust, bad: Trust, sentence: string): Promise<void> {
  const { fetched_at, keys } = good;
  const failing = { health: 'failing', stale: true, failures: 1, fetched_at, keys: keys.map(({ kid }) => ({ kid })) };
  expect(bad).toMatchObject({ ...failing, last_error: expect.stringContaining(sentence) });
  expect(bad.last_error).toMatch(/^[A-Z].*\.$/);
  for (const gatehouse of [near, far]) {
    expect(await host.exchange('ec', gatehouse)).toBe(200);
    await vi.waitFor(async () => expect(await host.exchange('unknown', gatehouse)).toBe(503), SOON);
  }
}

/** The first answer is good, the next one bad, and the one after that good again. */
async function throughOutage([, sentence, answer]: BadAnswer): Promise<void> {
  const host = await warmHost();
  const good = await host.trust();
  expect(good).toMatchObject({ health: 'ok', stale: false, last_error: null, failures: 0 });
  host.answerWith(answer);
  await expectOutage(host, good, await host.refresh(), sentence);
  expect(host.fetches).toBe(1);
  host.answerWell();
  expect(await host.refresh()).toMatchObject({ health: 'ok', stale: false, last_error: null, failures: 0 });
  expect(await host.exchange('unknown')).toBe(400);
  expect(host.fetches).toBe(1);
}

describe('a JWKS URL that', () => {
  test.concurrent.each(outages)('%s keeps the keys it had, and says: %s', (...outage) => throughOutage(outage));
  test.concurrent.each(bombs)('answers %s keeps the keys it had, and says: %s', (...bomb) => throughOutage(bomb));

  test('is down keeps the keys it had', async () => {
    const host = await warmHost();
    const good = await host.trust();
    await host.server.close();
    await expectOutage(
      host,
      good,
      await host.refresh(),
      'Check the name, the port and the firewall of the JWKS URL: it must',
    );
  });

  test('hangs holds up no exchange with a key that is known', async () => {
    const host = await warmHost();
    const held: ServerResponse[] = [];
    host.answerWith((_, response) => held.push(response));
    let isOver = false;
    const refresh = host.refresh().finally(() => (isOver = true));
    await vi.waitFor(() => expect(host.fetches).toBe(1), SOON);
    for (const gatehouse of [near, far]) expect(await host.exchange('ec', gatehouse)).toBe(200);
    expect(isOver).toBe(false);
    for (const response of held) response.end('{}');
    expect((await refresh).health).toBe('failing');
  });

  test('was never read leaves no token judged, and says so until it can be read', async () => {
    const host = await newHost();
    host.answerWith((_, response) => response.writeHead(503).end());
    const answer = await host.smith.exchange(host.smith.signed());
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ error: 'temporarily_unavailable' });
    expect(Number(answer.headers.get('retry-after'))).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 30);
    expect(await host.trust()).toMatchObject({ health: 'unusable', stale: true, keys: [], fetched_at: null });
    const { checks } = await host.smith.explain(host.smith.signed());
    expect(checks.find(({ ok }) => !ok)).toMatchObject({
      check: 'key',
      detail: expect.stringContaining('answered 503'),
    });
    expect(host.fetches).toBe(1);
    host.answerWell();
    expect(await host.refresh()).toMatchObject({ health: 'ok' });
    expect(await host.exchange('ec')).toBe(200);
  });

  test('no longer has a key ends its tokens in both processes', async () => {
    const host = await warmHost();
    const keys = host.smith.jwks().keys.filter(({ kid }) => kid !== 'ec');
    host.answerWith((_, response) => response.end(JSON.stringify({ keys })));
    const { keys: left, ...trust } = await host.refresh();
    expect(trust).toMatchObject({ health: 'ok', stale: false, last_error: null });
    expect(left.map(({ kid }) => kid)).not.toContain('ec');
    expect(await host.exchange('ec')).toBe(400);
    await vi.waitFor(async () => expect(await host.exchange('ec', far)).toBe(400), SOON);
  });
});

const tls = `a JWKS URL of HTTPS${hasOpenssl ? '' : ' (skipped: there is no openssl)'}`;
describe.skipIf(!hasOpenssl)(tls, () => {
  test.each(['unknown', 'elsewhere'] as const)(
    'whose new certificate is not accepted (%s) keeps the keys it had',
    async (which) => {
      if (!certificates) throw new Error('There are no certificates.');
      const slug = `tls-${which}`;
      const smith = new TokenSmith(near, slug);
      const host = await TlsHost.start(certificates.good, () => JSON.stringify(smith.jwks()));
      await smith.enrol({ jwks_uri: `${host.origin}/jwks.json` });
      expect((await smith.exchange(smith.signed())).status).toBe(200);
      host.present(certificates[which]);
      const trust = await near.admin('POST', `/admin/tenants/${slug}/trust/refresh`);
      const last_error = expect.stringContaining('Renew the certificate of the JWKS URL');
      expect(trust.json).toMatchObject({ health: 'failing', stale: true, last_error });
      expect(host.requests).toBe(1);
      for (const gatehouse of [near, far])
        expect((await smith.exchange(smith.signed(), {}, gatehouse)).status).toBe(200);
      host.present(certificates.good);
      expect((await near.admin('POST', `/admin/tenants/${slug}/trust/refresh`)).json).toMatchObject({ health: 'ok' });
      await host.close();
    },
  );
});

describe('a JWKS URL is asked', () => {
  test('once by two processes that meet 50 exchanges before they know a key', async () => {
    const host = await newHost();
    const exchanges = Array.from({ length: 50 }, (_, index) => host.exchange('ec', index % 2 ? near : far));
    expect(await Promise.all(exchanges)).toEqual(exchanges.map(() => 200));
    expect(host.fetches).toBe(1);
  });

  test.each([
    ['up', 2, 400],
    ['down', 6, 503],
  ] as const)('hardly ever for 2,000 unknown kids, while it is %s: at most %d times', async (state, most, status) => {
    const host = await newHost();
    if (state === 'down') host.answerWith((_, response) => response.destroy());
    const kids = Array.from({ length: 2000 }, (_, index) => `unknown-${index}`).values();
    const statuses = new Set<number>();
    const bring = async (gatehouse: Gatehouse) => {
      for (const kid of kids) statuses.add(await host.exchange(kid, gatehouse));
    };
    await Promise.all(Array.from({ length: 16 }, (_, index) => bring(index % 2 ? near : far)));
    expect([...statuses]).toEqual([status]);
    expect(host.fetches).toBeGreaterThanOrEqual(1);
    expect(host.fetches).toBeLessThanOrEqual(most);
  });
});

/** Of the process that fetches here, in bytes. */
function resident(): number {
  const [, pages] = readFileSync(`/proc/${fleet.processes[0]?.pid}/statm`, 'utf8').split(' ');
  return Number(pages) * PAGE_BYTES;
}

const memory = `memory${existsSync(MEMORY) ? '' : ` (skipped: there is no ${MEMORY})`}`;
describe.skipIf(!existsSync(MEMORY))(memory, () => {
  test('grows by less than 30 MiB for what a JWKS URL answers, and by less than 100 MiB while it does', async () => {
    const host = await warmHost();
    for (let round = 0; round < 20; round += 1) await host.refresh();
    const before = resident();
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, resident())), 10);
    for (const [, , answer] of Array.from({ length: 5 }, () => bombs).flat()) {
      host.answerWith(answer);
      expect(await host.refresh()).toMatchObject({ health: 'failing' });
    }
    clearInterval(watch);
    expect((most - before) / MIB).toBeLessThan(100);
    await vi.waitFor(() => expect((resident() - before) / MIB).toBeLessThan(30), { timeout: 10_000 });
    expect(await host.exchange('ec')).toBe(200);
  });
});
