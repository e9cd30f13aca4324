import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal } from '../main-job/error-format.js';
import { expectWait, LimitsScene, statuses, untilMinuteHas, untilStatus } from './limits-scene.js';

/** Wrong secrets for one client from one address. */
const GUESSES = 60;

let scene: LimitsScene;

beforeAll(async () => {
  scene = await LimitsScene.start(2);
});
afterAll(() => scene?.close());

describe('wrong secrets', () => {
  test('for one client from one address are limited, and the client goes on from another', async () => {
    const partner = await scene.enrol();
    const [thief, owner] = [scene.callerAt('127.0.0.11'), scene.callerAt('127.0.0.12')];
    const [guesses, exchanges] = await Promise.all([
      statuses(1000, 10, () => thief.guess(partner)),
      statuses(30, 1, () => owner.exchange(partner)),
    ]);
    expect(exchanges).toEqual(new Map([[200, 30]]));
    expect(new Set(guesses.keys())).toEqual(new Set([401, 429]));
    // Of two minutes at most, and those that were under way when it was enough.
    expect(guesses.get(401)).toBeLessThanOrEqual(2 * (GUESSES + 10));
    const refused = await untilStatus(429, () => thief.guess(partner), 2 * GUESSES);
    expectRefusal(refused, 'oauth', 429, { error: 'temporarily_unavailable' });
    expectWait(refused, GUESSES);
    expect((await owner.exchange(partner)).status).toBe(200);
  });

  test('for many clients from one address are limited too', async () => {
    const { clientId } = await scene.enrol();
    const thief = scene.callerAt('127.0.0.13');
    const guess = () => {
      const stranger = clientId.replace(/\..*/, `.${randomBytes(32).toString('base64url')}`);
      const form = { grant_type: 'client_credentials', client_id: stranger, client_secret: 'wrong' };
      return thief.call('POST', '/oauth/token', { form });
    };
    expect((await statuses(700, 10, guess)).get(429)).toBeGreaterThan(0);
  });

  test('that one process has seen, another knows of', async () => {
    const partner = await scene.enrol();
    const [here, there] = [scene.callerAt('127.0.0.14', 0), scene.callerAt('127.0.0.14', 1)];
    await untilMinuteHas(10);
    expect(await statuses(GUESSES, 1, () => here.guess(partner))).toEqual(new Map([[401, GUESSES]]));
    // By itself it would let as many pass: it is refused after far fewer.
    await untilStatus(429, () => there.guess(partner), GUESSES / 2);
  });
});

test('bad tokens at /v2 from one address are limited, and good ones from there are not', async () => {
  const caller = scene.callerAt('127.0.0.15');
  const token = (await caller.exchange(await scene.enrol())).at('access_token');
  await untilMinuteHas(10);
  const seen = await statuses(800, 10, () => caller.get('/v2/apps', `${token}x`));
  expect(new Set(seen.keys())).toEqual(new Set([401, 429]));
  const refused = await untilStatus(429, () => caller.get('/v2/apps', `${token}x`));
  expectRefusal(refused, 'v2', 429, { code: 'throttled' });
  expectWait(refused, 300);
  expect((await caller.get('/v2/apps', token)).status).toBe(200);
});

test('after wrong admin tokens from one address the right one is refused there, and nowhere else', async () => {
  const [thief, operator] = [scene.callerAt('127.0.0.16'), scene.callerAt('127.0.0.17')];
  await untilMinuteHas(5);
  const seen = await statuses(100, 5, () => thief.get('/admin/tenants', 'x'.repeat(40)));
  expect(new Set(seen.keys())).toEqual(new Set([401, 429]));
  const refused = await thief.get('/admin/tenants', scene.adminToken);
  expectRefusal(refused, 'admin', 429, { code: 'throttled' });
  expect((await operator.get('/admin/tenants', scene.adminToken)).status).toBe(200);
});

test('bad session codes from one address are limited, with a page', async () => {
  const thief = scene.callerAt('127.0.0.18');
  const open = () => thief.get('/to/acme-crm?token=gate_sc_x');
  await untilMinuteHas(5);
  expect(new Set((await statuses(200, 5, open)).keys())).toEqual(new Set([400, 429]));
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('content-type')).toMatch(/^text\/html/);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(refused.text).toContain('Wait a minute');
});

test('authorizations begun from one address are limited, with a page', async () => {
  const caller = scene.callerAt('127.0.0.19');
  const begin = () => caller.get('/oauth/authorize?response_type=code&client_id=x');
  await untilMinuteHas(15);
  expect(new Set((await statuses(1400, 10, begin)).keys())).toEqual(new Set([400, 429]));
  const refused = await caller.get('/v2/authorize?response_type=code&client_id=x');
  expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
});

test('a proxy says whose guesses they are where it is trusted, and nobody else does', async () => {
  const partner = await scene.enrol();
  const trusting = await scene.startService({ TRUSTED_PROXIES: '127.0.0.20/32' });
  const [proxy, liar] = [scene.callerAt('127.0.0.20', trusting), scene.callerAt('127.0.0.21', trusting)];
  const forwarded = (address: string) => proxy.guess(partner, { 'x-forwarded-for': address });
  await untilMinuteHas(10);
  await statuses(GUESSES, 1, () => forwarded('203.0.113.7'));
  expect((await forwarded('203.0.113.7')).status).toBe(429);
  expect((await forwarded('203.0.113.8')).status).toBe(401);
  // What a caller put there itself stands to the left of what the proxy saw.
  expect((await forwarded('203.0.113.9, 203.0.113.7')).status).toBe(429);
  let host = 0;
  const lie = () => liar.guess(partner, { 'x-forwarded-for': `198.51.100.${(host += 1)}` });
  expect(await statuses(GUESSES + 1, 1, lie)).toEqual(
    new Map([
      [401, GUESSES],
      [429, 1],
    ]),
  );
});
