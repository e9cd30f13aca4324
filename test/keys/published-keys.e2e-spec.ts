import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectRefusal } from '../main-job/error-format.js';
import { Fleet } from './fleet.js';
import { KeyDesk } from './key-desk.js';

const MEMBERS = new Set(['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y']);
const WITHIN_A_SECOND = { timeout: 1000, interval: 20 };

let fleet: Fleet;
let desk: KeyDesk;
/** The same keys through the other process. */
let far: KeyDesk;

beforeAll(async () => {
  fleet = await Fleet.start([{}, {}]);
  await fleet.enrol('acme', 'outage');
  desk = new KeyDesk(fleet.members[0], 'acme');
  far = new KeyDesk(other(), 'acme');
  await desk.rotate({ alg: 'RS256' });
  await desk.rotate({ alg: 'EdDSA' });
});
afterAll(() => fleet?.close());

function other() {
  const [, second] = fleet.members;
  if (!second) throw new Error('There is one process only.');
  return second;
}

describe('a JWKS', () => {
  test('is for everybody: no authorization, any origin, no cookie', async () => {
    const answer = await desk.jwks({ origin: 'https://anybody.test' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  });

  test('has public members only, of every algorithm', async () => {
    const keys = await desk.published();
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(['ES256', 'EdDSA', 'RS256']));
    expect(keys.flatMap((key) => Object.keys(key)).filter((name) => !MEMBERS.has(name))).toEqual([]);
    for (const key of keys) expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('may be cached for five minutes, and for a day while nobody answers', async () => {
    expect((await desk.jwks()).headers.get('cache-control')).toBe('public, max-age=300, stale-if-error=86400');
  });

  test.each([
    [60, 'public, max-age=30, stale-if-error=86400'],
    [0, 'public, no-cache, stale-if-error=86400'],
    [3900, 'public, max-age=300, stale-if-error=86400'],
  ])('is cached for less long than a key waits: with a lead of %i s it says "%s"', async (lead, expected) => {
    await desk.setPolicy({ activate_after_seconds: lead });
    expect((await desk.jwks()).headers.get('cache-control')).toBe(expected);
  });

  test('has an ETag that a change ends', async () => {
    const before = (await desk.jwks()).headers.get('etag') ?? '';
    expect(before).toMatch(/^"[\w-]+"$/);
    expect((await desk.jwks()).headers.get('etag')).toBe(before);
    await desk.rotate();
    const after = await desk.jwks({ 'if-none-match': before });
    expect(after.status).toBe(200);
    expect(after.headers.get('etag')).not.toBe(before);
  });

  test.each<[string, (etag: string) => string]>([
    ['itself', (etag) => etag],
    ['its weak form', (etag) => `W/${etag}`],
    ['a list that has it', (etag) => `"a", W/"b" ,${etag}`],
    ['a star', () => '*'],
  ])('is not sent again to whoever has %s, and 304 says all that 200 says', async (_what, ifNoneMatch) => {
    const full = await desk.jwks();
    const answer = await desk.jwks({ 'if-none-match': ifNoneMatch(full.headers.get('etag') ?? '') });
    expect([answer.status, answer.text]).toEqual([304, '']);
    // RFC 9110 §15.4.5: what a 200 would have said of these.
    for (const name of ['etag', 'cache-control', 'access-control-allow-origin']) {
      expect(answer.headers.get(name), name).toBe(full.headers.get(name));
      expect(answer.headers.get(name), name).not.toBeNull();
    }
    expect(answer.headers.get('content-type')).toBeNull();
  });

  test.each<[string, (etag: string) => string]>([
    ['another tag', () => '"another"'],
    ['the tag without its quotes', (etag) => etag.replaceAll('"', '')],
    ['a part of the tag', (etag) => `${etag.slice(0, -2)}"`],
    ['an empty field', () => ''],
  ])('is sent to whoever has %s', async (_what, ifNoneMatch) => {
    const { headers } = await desk.jwks();
    expect((await desk.jwks({ 'if-none-match': ifNoneMatch(headers.get('etag') ?? '') })).status).toBe(200);
  });

  test('answers HEAD as GET, without the body', async () => {
    const full = await desk.jwks();
    const head = await desk.jwks({}, 'HEAD');
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'cache-control', 'access-control-allow-origin', 'content-type']) {
      expect(head.headers.get(name), name).toBe(full.headers.get(name));
    }
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(full.text)));
    expect((await desk.jwks({ 'if-none-match': full.headers.get('etag') ?? '' }, 'HEAD')).status).toBe(304);
  });

  test.each(['/tenants/acme/.well-known/jwks.json/', '/.well-known/jwks.json/', '/.well-known/jwks.json?v=1'])(
    'is answered, not redirected, at %s',
    async (path) => {
      expect((await fleet.members[0].get(path)).status).toBe(200);
    },
  );

  test.each([
    'nobody',
    '@platform',
    '%40platform',
    '00000000-0000-7000-8000-000000000000',
    '__proto__',
    'ACME',
    '%20acme',
  ])('of a tenant that does not exist is not found, and that is not cached: %s', async (slug) => {
    const answer = await fleet.members[0].get(`/tenants/${slug}/.well-known/jwks.json`);
    expectRefusal(answer, 'admin', 404, { code: 'not_found' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('of a tenant that was made a moment ago is there in the other process', async () => {
    await fleet.enrol('fresh');
    expect(await new KeyDesk(other(), 'fresh').published()).toHaveLength(1);
  });
});

describe('two processes', () => {
  test.each(['first', 'second'])(
    'show a rotation and a revocation by the other within a second: the %s',
    async (which) => {
      const [near, remote] = which === 'first' ? [desk, far] : [far, desk];
      for (let round = 1; round <= 5; round += 1) {
        const { kid } = await near.rotate();
        await vi.waitFor(async () => expect(await remote.publishedKids()).toContain(kid), WITHIN_A_SECOND);
        const active = await near.activeKid();
        await near.revoke(active);
        expect(await near.publishedKids()).not.toContain(active);
        await vi.waitFor(async () => expect(await remote.publishedKids()).not.toContain(active), WITHIN_A_SECOND);
        await near.revoke(kid).catch(() => undefined);
      }
      await vi.waitFor(async () => {
        const [one, two] = [await near.jwks(), await remote.jwks()];
        expect(one.text).toBe(two.text);
        expect(one.headers.get('etag')).toBe(two.headers.get('etag'));
      }, WITHIN_A_SECOND);
    },
  );

  test('that started at once on a new database hold one key of Gatehouse itself', async () => {
    const [near, remote] = [new KeyDesk(fleet.members[0], null), new KeyDesk(other(), null)];
    expect(await near.list()).toHaveLength(1);
    expect(await near.list()).toEqual(await remote.list());
    expect((await near.jwks()).text).toBe((await remote.jwks()).text);
    const { kid } = await near.rotate();
    await vi.waitFor(async () => expect(await remote.publishedKids()).toContain(kid), WITHIN_A_SECOND);
  });

  test('of which one is a worker and one is not activate a key between them', async () => {
    const split = await Fleet.start([{ ROLES: 'api' }, { ROLES: 'worker' }]);
    try {
      await split.enrol('split');
      const keys = new KeyDesk(split.members[0], 'split');
      const old = await keys.activeKid();
      const { kid } = await keys.rotate({ activate_after_seconds: 1, overlap_seconds: 3600 });
      await vi.waitFor(async () => expect(await keys.activeKid()).toBe(kid), { timeout: 15_000, interval: 50 });
      await vi.waitFor(async () => expect(await keys.publishedKids()).toEqual([kid, old]), WITHIN_A_SECOND);
    } finally {
      await split.close();
    }
  });
});

describe('without the database', () => {
  test('every set that was known is served on, a revocation just before it holds, and the rest is told to come back', async () => {
    const [near, remote] = [new KeyDesk(fleet.members[0], 'outage'), new KeyDesk(other(), 'outage')];
    const stolen = await near.activeKid();
    const pending = await near.rotate();
    await vi.waitFor(async () => expect(await remote.publishedKids()).toContain(pending.kid), WITHIN_A_SECOND);
    await near.revoke(stolen);
    await vi.waitFor(async () => expect(await remote.publishedKids()).not.toContain(stolen), WITHIN_A_SECOND);
    const before = await near.jwks();
    await fleet.closeDatabase();
    await vi.waitFor(async () => expect((await fleet.members[0].get('/health/ready')).status).toBe(503), {
      timeout: 15_000,
      interval: 50,
    });

    for (let count = 1; count <= 20; count += 1) {
      for (const keys of [near, remote]) {
        const answer = await keys.jwks();
        expect([answer.status, answer.text]).toEqual([200, before.text]);
      }
    }
    expect((await near.jwks({ 'if-none-match': before.headers.get('etag') ?? '' })).status).toBe(304);
    expect((await new KeyDesk(other(), null).jwks()).status).toBe(200);
    const unknown = await new KeyDesk(other(), 'nobody').jwks();
    expectRefusal(unknown, 'admin', 503, { code: 'unavailable' });
    expect(unknown.headers.get('retry-after')).toMatch(/^\d+$/);

    await fleet.openDatabase();
    await vi.waitFor(async () => expect((await fleet.members[0].get('/health/ready')).status).toBe(200), {
      timeout: 15_000,
      interval: 50,
    });
    const { kid } = await near.rotate();
    for (const keys of [near, remote]) {
      await vi.waitFor(async () => expect(await keys.publishedKids()).toContain(kid), { timeout: 5000, interval: 50 });
    }
  });

  test('the process that revoked a key never shows it again, though the database goes in that very moment', async () => {
    const near = new KeyDesk(fleet.members[0], 'outage');
    const stolen = await near.activeKid();
    await near.revoke(stolen);
    await fleet.closeDatabase();
    expect(await near.publishedKids()).not.toContain(stolen);
    await fleet.openDatabase();
  });
});
