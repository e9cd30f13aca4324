import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { type Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import type { CallerAt } from './caller-at.js';
import { expectWait, LimitsScene, statuses, untilMinuteHas, untilStatus } from './limits-scene.js';

/** Wrong secrets for one client from one address. */
const GUESSES = 60;
const PROXY = '127.0.0.30';

let scene: LimitsScene;
let proxy: CallerAt;
let partner: Partner;
/** Of a thief and of the client's own server, as the proxy sees them: a new pair for each test. */
let thief: string;
let owner: string;
let network = 0;

beforeAll(async () => {
  scene = await LimitsScene.start(0);
  proxy = scene.callerAt(PROXY, await scene.startService({ TRUSTED_PROXIES: `${PROXY}/32` }));
});
beforeEach(async () => {
  partner = await scene.enrol();
  network += 1;
  [thief, owner] = [`203.0.113.${network}`, `198.51.100.${network}`];
});
afterAll(() => scene?.close());

type Form = Record<string, string>;
const wrong = (): Form => ({ client_id: partner.clientId, client_secret: 'wrong' });
const basic = (secret: string) => ({
  authorization: `Basic ${Buffer.from(`${partner.clientId}:${secret}`).toString('base64')}`,
});

const post = (address: string, form: Form, path = '/oauth/token', headers: Record<string, string> = {}) =>
  proxy.call('POST', path, { form, headers: { 'x-forwarded-for': address, ...headers } });
const guess = (address: string) => post(address, { grant_type: TOKEN_EXCHANGE, ...wrong() });
const exchange = async (address: string) =>
  post(address, {
    grant_type: TOKEN_EXCHANGE,
    client_id: partner.clientId,
    client_secret: partner.clientSecret,
    subject_token: await partner.jwt('mia'),
    subject_token_type: types.externalJwt,
  });

test('1,000 wrong secrets from one address are limited, and the client goes on from another behind the same proxy', async () => {
  const [guesses, exchanges] = await Promise.all([
    statuses(1000, 10, () => guess(thief)),
    statuses(30, 1, () => exchange(owner)),
  ]);
  expect(exchanges).toEqual(new Map([[200, 30]]));
  expect(new Set(guesses.keys())).toEqual(new Set([401, 429]));
  // Of two minutes at most, and those that were under way when it was enough.
  expect(guesses.get(401)).toBeLessThanOrEqual(2 * (GUESSES + 10));
  const refused = await untilStatus(429, () => guess(thief), 2 * GUESSES);
  expectRefusal(refused, 'oauth', 429, { error: 'temporarily_unavailable' });
  expectWait(refused, GUESSES);
  expect((await exchange(owner)).status).toBe(200);
});

test('whoever has guessed too often is not told that a secret is right', async () => {
  await untilMinuteHas(10);
  await statuses(GUESSES, 1, () => guess(thief));
  expectRefusal(await exchange(thief), 'oauth', 429, { error: 'temporarily_unavailable' });
  expect((await exchange(owner)).status).toBe(200);
});

describe('guesses are counted together, wherever they are made:', () => {
  test.each<[string, () => Promise<Answer>]>([
    ['at introspection', () => post(thief, { token: 'x', ...wrong() }, '/oauth/introspect')],
    ['at revocation', () => post(thief, { token: 'x', ...wrong() }, '/oauth/revoke')],
    ['by HTTP Basic', () => post(thief, { grant_type: 'client_credentials' }, '/oauth/token', basic('wrong'))],
    ['at a path with a final slash', () => post(thief, { grant_type: 'refresh_token', ...wrong() }, '/oauth/token/')],
  ])('%s', async (_where, elsewhere) => {
    await untilMinuteHas(10);
    const half = GUESSES / 2;
    expect(await statuses(half, 1, elsewhere)).toEqual(new Map([[401, half]]));
    expect(await statuses(half, 1, () => guess(thief))).toEqual(new Map([[401, half]]));
    expect((await guess(thief)).status).toBe(429);
    expect((await elsewhere()).status).toBe(429);
    expect((await exchange(owner)).status).toBe(200);
  });
});
