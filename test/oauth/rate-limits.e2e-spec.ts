import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { queryOnce } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { expectWait, LimitsScene, rate, statuses, untilMinuteHas, untilStatus } from './limits-scene.js';

const CLIENT_LIMIT = 3000;
const USER_LIMIT = 3000;

let scene: LimitsScene;

beforeAll(async () => {
  scene = await LimitsScene.start(2);
});
afterAll(() => scene?.close());

describe('the token endpoint', () => {
  test('says what is left in each answer, as integers', async () => {
    const partner = await scene.enrol();
    const answer = await scene.callerAt('127.0.0.1').exchange(partner);
    expect(answer.status, answer.text).toBe(200);
    const { limit, remaining, reset } = rate(answer);
    expect([limit, remaining]).toEqual([`${CLIENT_LIMIT}`, `${CLIENT_LIMIT - 1}`]);
    expect(Number(reset) % 60).toBe(0);
  });

  test('refuses a client that has had its share with 429 and when to come back, and no other', async () => {
    const [busy, other] = [await scene.enrol(), await scene.enrol()];
    const caller = scene.callerAt('127.0.0.1');
    await scene.countedElsewhere(busy, `oauth-client:${busy.clientId}`, CLIENT_LIMIT);
    const refused = await untilStatus(429, () => caller.exchange(busy));
    expectRefusal(refused, 'oauth', 429, { error: 'temporarily_unavailable' });
    expectWait(refused, CLIENT_LIMIT);
    expect((await caller.exchange(other)).status).toBe(200);
  });

  test('a flood of one tenant that is refused costs the others nothing, from the same address too', async () => {
    const [busy, other] = [await scene.enrol(), await scene.enrol()];
    const caller = scene.callerAt('127.0.0.10');
    await scene.countedElsewhere(busy, `oauth-client:${busy.clientId}`, CLIENT_LIMIT);
    await untilStatus(429, () => caller.exchange(busy));
    const [flood, meanwhile] = await Promise.all([
      statuses(1500, 15, () => caller.exchange(busy)),
      statuses(100, 1, () => caller.exchange(other)),
    ]);
    // A new minute lets it in again for a tick.
    expect(flood.get(429)).toBeGreaterThan(1000);
    expect(meanwhile).toEqual(new Map([[200, 100]]));
    const name = 'oauth-address:127.0.0.10';
    const [row] = await queryOnce(scene.database.url, `SELECT max(count) FROM rate_counters WHERE name = $1`, [name]);
    expect(row?.max).toBeLessThan(1000);
  });

  test('knows of what another process has served', async () => {
    const partner = await scene.enrol();
    const [here, there] = [scene.callerAt('127.0.0.1', 0), scene.callerAt('127.0.0.1', 1)];
    await untilMinuteHas(10);
    await statuses(40, 4, () => here.exchange(partner));
    await vi.waitFor(
      async () => expect(Number(rate(await there.exchange(partner)).remaining)).toBeLessThan(CLIENT_LIMIT - 40),
      { timeout: 20_000, interval: 100 },
    );
  });

  test('does not charge a client for what is malformed, since anybody can name it', async () => {
    const partner = await scene.enrol();
    const caller = scene.callerAt('127.0.0.1');
    const form = { client_id: partner.clientId, grant_type: 'x' };
    for (let times = 0; times < 5; times += 1) await caller.call('POST', '/oauth/token', { form });
    expect(rate(await caller.exchange(partner)).remaining).toBe(`${CLIENT_LIMIT - 1}`);
  });

  test.each(['/oauth/token/', '/oauth/%74oken', '/oauth/revoke', '/oauth/introspect'])(
    'is limited as %s',
    async (path) => {
      const answer = await scene.callerAt('127.0.0.1').call('POST', path, { form: { grant_type: 'x' } });
      expect(rate(answer).limit).not.toBeNull();
    },
  );
});

describe('/v2', () => {
  test('says what is left, and refuses a user who has had it with 429, and no other user', async () => {
    const partner = await scene.enrol();
    const caller = scene.callerAt('127.0.0.1');
    const mia = (await caller.exchange(partner, 'mia')).at('access_token');
    const ada = (await caller.exchange(partner, 'ada')).at('access_token');
    const answer = await caller.get('/v2/apps', mia);
    expect([answer.status, rate(answer).remaining]).toEqual([200, `${USER_LIMIT - 1}`]);
    const [user] = await queryOnce(
      scene.database.url,
      `SELECT users.id FROM users JOIN tenants ON tenants.id = tenant_id WHERE slug = $1 AND subject = 'mia'`,
      [partner.slug],
    );
    await scene.countedElsewhere(partner, `user:${String(user?.id)}`, USER_LIMIT);
    const refused = await untilStatus(429, () => caller.get('/v2/apps', mia));
    expectRefusal(refused, 'v2', 429, { code: 'throttled' });
    expectWait(refused, USER_LIMIT);
    expect((await caller.get('/v2/apps', ada)).status).toBe(200);
  });

  test('counts what a token may not do', async () => {
    const partner = await scene.enrol();
    const token = await partner.accessToken('mia', 'profile');
    const answer = await scene.callerAt('127.0.0.1').get('/v2/apps', token);
    expect([answer.status, rate(answer).remaining]).toEqual([403, `${USER_LIMIT - 1}`]);
  });

  test('lets a page read how long to wait', async () => {
    const origin = 'https://notes.acme.test';
    const partner = await scene.enrol({ origins: [origin] });
    const authorization = `Bearer ${await partner.browserToken('mia', origin, 'zap')}`;
    const answer = await scene.callerAt('127.0.0.1').call('GET', '/v2/apps', { headers: { authorization, origin } });
    const exposed = answer.headers.get('access-control-expose-headers')?.split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['retry-after', 'x-ratelimit-remaining']));
  });

  test('lets nobody spend what a tenant has by its client_id alone', async () => {
    const partner = await scene.enrol();
    const caller = scene.callerAt('127.0.0.11');
    const reads = await statuses(1500, 10, () => caller.get(`/v2/apps?client_id=${partner.clientId}`));
    expect(new Set(reads.keys())).toEqual(new Set([200, 429]));
    const token = (await caller.exchange(partner)).at('access_token');
    expect(rate(await caller.get('/v2/apps', token)).remaining).toBe(`${USER_LIMIT - 1}`);
    const sql = `SELECT name FROM rate_counters WHERE name LIKE 'tenant:%' AND count > 100`;
    expect(await queryOnce(scene.database.url, sql)).toEqual([]);
  });
});

test.each(['/.well-known/jwks.json', '/health/live', '/health/ready', '/connect.js'])(
  '%s is not limited',
  async (path) => {
    const answer = await scene.callerAt('127.0.0.1').get(path);
    expect([answer.status, rate(answer).limit]).toEqual([200, null]);
  },
);

test('with RATE_LIMITS=off nothing is counted and no header says so', async () => {
  const unlimited = await scene.startService({ RATE_LIMITS: 'off' });
  const caller = scene.callerAt('127.0.0.12', unlimited);
  const partner = await scene.enrol();
  expect(await statuses(70, 5, () => caller.guess(partner))).toEqual(new Map([[401, 70]]));
  const answer = await caller.exchange(partner);
  expect([answer.status, rate(answer).limit]).toEqual([200, null]);
  expect((await caller.get('/v2/apps', answer.at('access_token'))).status).toBe(200);
  const counted = await queryOnce(scene.database.url, `SELECT name FROM rate_counters WHERE name LIKE '%127.0.0.12%'`);
  expect(counted).toEqual([]);
});
