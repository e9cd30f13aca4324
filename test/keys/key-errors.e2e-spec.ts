import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { Fleet } from './fleet.js';
import { KeyDesk } from './key-desk.js';

const KEYS = '/admin/tenants/acme/keys';

let fleet: Fleet;
let gatehouse: Gatehouse;
let desk: KeyDesk;

beforeAll(async () => {
  fleet = await Fleet.start();
  [gatehouse] = fleet.members;
  await fleet.enrol('acme', 'other', 'full');
  desk = new KeyDesk(gatehouse, 'acme');
});
afterAll(() => fleet?.close());

const send = (method: string, path: string, json?: unknown) =>
  gatehouse.call(method, path, { json, bearer: gatehouse.adminToken });

/** Everything that a call could have changed. */
async function state(): Promise<unknown> {
  return [await desk.list(), (await send('GET', `${KEYS}/policy`)).json, (await desk.jwks()).text];
}

async function changesNothing(call: () => Promise<Answer>): Promise<Answer> {
  const before = await state();
  const answer = await call();
  expect(await state()).toEqual(before);
  return answer;
}

const calls: [string, string, object?][] = [
  ['GET', ''],
  ['POST', '/rotate', {}],
  ['POST', '/{kid}/revoke'],
  ['GET', '/policy'],
  ['PUT', '/policy', { overlap_seconds: 7 }],
];
const owners = [KEYS, '/admin/platform/keys'];

describe.each(owners.flatMap((owner) => calls.map(([method, path, json]) => [method, owner + path, json] as const)))(
  '%s %s',
  (method, path, json) => {
    const url = async () =>
      path.replace('{kid}', await new KeyDesk(gatehouse, path.startsWith(KEYS) ? 'acme' : null).activeKid());

    test('refuses a caller without the admin token', async () => {
      const target = await url();
      const answer = await changesNothing(() => gatehouse.call(method, target, { json }));
      expectRefusal(answer, 'admin', 401, { code: 'not_authenticated' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
    });

    test('refuses a wrong one', async () => {
      const target = await url();
      const answer = await changesNothing(() =>
        gatehouse.call(method, target, { json, bearer: `${gatehouse.adminToken}x` }),
      );
      expectRefusal(answer, 'admin', 401, { code: 'authentication_failed' });
    });
  },
);

test('a tenant that nobody knows is not named to a caller without the admin token', async () => {
  expectRefusal(await gatehouse.call('GET', '/admin/tenants/nobody/keys'), 'admin', 401);
});

describe('a bad member is refused at its place, and nothing is changed', () => {
  const both: [string, object, string][] = [
    ['an unknown algorithm', { alg: 'HS256' }, '/alg'],
    ['no algorithm', { alg: 'none' }, '/alg'],
    ['an algorithm in small letters', { alg: 'es256' }, '/alg'],
    ['null as an algorithm', { alg: null }, '/alg'],
    ['a list of algorithms', { alg: ['ES256'] }, '/alg'],
    ['a lead below nothing', { activate_after_seconds: -1 }, '/activate_after_seconds'],
    ['a lead of half a second', { activate_after_seconds: 0.5 }, '/activate_after_seconds'],
    ['a lead as text', { activate_after_seconds: '60' }, '/activate_after_seconds'],
    ['null as a lead', { activate_after_seconds: null }, '/activate_after_seconds'],
    ['a lead of more than 30 days', { activate_after_seconds: 2_592_001 }, '/activate_after_seconds'],
    ['an overlap below nothing', { overlap_seconds: -1 }, '/overlap_seconds'],
    ['an overlap of more than a year', { overlap_seconds: 31_622_401 }, '/overlap_seconds'],
    ['an overlap as text', { overlap_seconds: '0' }, '/overlap_seconds'],
    ['a number that no column holds', { overlap_seconds: 1e300 }, '/overlap_seconds'],
    ['an unknown member', { colour: 'red' }, '/colour'],
    ['a member of the row', { state: 'active' }, '/state'],
    ['a member in another spelling', { overlapSeconds: 60 }, '/overlapSeconds'],
  ];
  const rotation: typeof both = [['a schedule', { rotate_every_days: 1 }, '/rotate_every_days']];
  const policy: typeof both = [
    ['a schedule of no days', { rotate_every_days: 0 }, '/rotate_every_days'],
    ['a schedule of half a day', { rotate_every_days: 0.5 }, '/rotate_every_days'],
    ['a schedule as text', { rotate_every_days: '90' }, '/rotate_every_days'],
    ['a schedule of more than ten years', { rotate_every_days: 3651 }, '/rotate_every_days'],
  ];

  test.each([...both, ...rotation])('of a rotation: %s', async (_what, body, pointer) => {
    const answer = await changesNothing(() => send('POST', `${KEYS}/rotate`, body));
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect(answer.json).toMatchObject({ errors: [expect.objectContaining({ pointer })] });
  });

  test.each([...both, ...policy])('of a policy: %s', async (_what, body, pointer) => {
    const answer = await changesNothing(() => send('PUT', `${KEYS}/policy`, body));
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect(answer.json).toMatchObject({ errors: [expect.objectContaining({ pointer })] });
  });

  test('each of several by itself', async () => {
    const answer = await changesNothing(() => send('PUT', `${KEYS}/policy`, { alg: 'x', overlap_seconds: -1, b: 1 }));
    const { errors } = answer.json as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/alg', '/b', '/overlap_seconds']);
  });
});

describe('a body that is no object is refused', () => {
  test.each([
    ['POST', '/rotate', '[]', 400],
    ['POST', '/rotate', '"now"', 400],
    ['POST', '/rotate', '{"alg"', 400],
    ['POST', '/rotate', '{"__proto__":{"alg":"ES256"}}', 400],
    ['PUT', '/policy', '[]', 400],
    ['PUT', '/policy', 'null', 400],
    ['PUT', '/policy', '{"constructor":{"prototype":{}}}', 400],
  ])('%s %s %s', async (method, path, body, status) => {
    const headers = { authorization: `Bearer ${gatehouse.adminToken}`, 'content-type': 'application/json' };
    const answer = await changesNothing(() => gatehouse.call(method, KEYS + path, { body, headers }));
    expectRefusal(answer, 'admin', status);
  });

  test('and a policy needs one', async () => {
    expectRefusal(await changesNothing(() => send('PUT', `${KEYS}/policy`)), 'admin', 400);
  });

  test.each(['POST', 'PUT'])('%s as a form', async (method) => {
    const path = method === 'POST' ? '/rotate' : '/policy';
    const sent = { form: { alg: 'ES256' }, bearer: gatehouse.adminToken };
    const answer = await changesNothing(() => gatehouse.call(method, KEYS + path, sent));
    expectRefusal(answer, 'admin', 415, { code: 'unsupported_media_type' });
  });
});

describe('what is not there is answered with 404', () => {
  describe.each(['nobody', '@platform', '%40platform', 'ACME', '%00', 'a%2Fb'])('the tenant %s', (slug) => {
    test.each(calls)('%s keys%s', async (method, path, json) => {
      const url = `/admin/tenants/${slug}/keys${path.replace('{kid}', 'kid')}`;
      expectRefusal(await changesNothing(() => send(method, url, json)), 'admin', 404, { code: 'not_found' });
    });
  });

  test.each(['unknown', '%00', '@platform', 'x'.repeat(300), "'--"])('the kid %s', async (kid) => {
    const answer = await changesNothing(() => send('POST', `${KEYS}/${kid}/revoke`));
    expectRefusal(answer, 'admin', 404, { code: 'not_found' });
  });

  test("another tenant's kid, and Gatehouse's own", async () => {
    for (const slug of ['other', null]) {
      const theirs = new KeyDesk(gatehouse, slug);
      const kid = await theirs.activeKid();
      expectRefusal(await changesNothing(() => send('POST', `${KEYS}/${kid}/revoke`)), 'admin', 404, {
        code: 'not_found',
      });
      expect(await theirs.activeKid()).toBe(kid);
    }
  });
});

test('the 21st key is a conflict that says what to do, and a revocation makes room', async () => {
  const full = new KeyDesk(gatehouse, 'full');
  const first = await full.activeKid();
  for (let count = 2; count <= 20; count += 1) await full.rotate();
  const answer = await send('POST', '/admin/tenants/full/keys/rotate');
  expectRefusal(answer, 'admin', 409, { code: 'conflict', detail: expect.stringContaining('revoke') });
  expect(await full.published()).toHaveLength(20);
  await full.revoke(first);
  expect((await full.rotate()).state).toBe('pending');
});
