import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Fleet } from './fleet.js';
import { KeyDesk } from './key-desk.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start();
});
afterAll(() => fleet?.close());

async function newDesk(slug: string): Promise<KeyDesk> {
  await fleet.enrol(slug);
  return new KeyDesk(fleet.members[0], slug);
}

const secondsBetween = (from: string, to: string | null) => (Date.parse(to ?? '') - Date.parse(from)) / 1000;

describe('GET keys', () => {
  test('of a new tenant shows one key, which signs, with every member of the contract', async () => {
    const desk = await newDesk('newcomer');
    expect(await desk.list()).toEqual([
      {
        kid: expect.stringMatching(/^[\w-]{43}$/),
        alg: 'ES256',
        state: 'active',
        activates_at: expect.stringMatching(INSTANT),
        retires_at: null,
        revoked_at: null,
        first_used_at: null,
        last_used_at: null,
        created_at: expect.stringMatching(INSTANT),
      },
    ]);
    expect(await desk.publishedKids()).toEqual([await desk.activeKid()]);
  });
});

describe('POST keys/rotate', () => {
  test('without a body does as the policy says, and answers 201 with the new key', async () => {
    const desk = await newDesk('plain');
    const answer = await fleet.members[0].call('POST', `${desk.path}/rotate`, {
      bearer: fleet.members[0].adminToken,
    });
    expect(answer.status).toBe(201);
    const key = answer.json as { kid: string; created_at: string; activates_at: string };
    expect(key).toMatchObject({ alg: 'ES256', state: 'pending' });
    expect(secondsBetween(key.created_at, key.activates_at)).toBe(3900);
    expect(await desk.list('pending')).toEqual([key]);
    expect(await desk.publishedKids()).toEqual([await desk.activeKid(), key.kid]);
  });

  test.each(['ES256', 'RS256', 'EdDSA'])('takes %s and a lead of its own', async (alg) => {
    const desk = await newDesk(`takes-${alg.toLowerCase()}`);
    const key = await desk.rotate({ alg, activate_after_seconds: 7200 });
    expect(key).toMatchObject({ alg, state: 'pending' });
    expect(secondsBetween(key.created_at, key.activates_at)).toBe(7200);
    expect(await desk.published()).toContainEqual(expect.objectContaining({ kid: key.kid, alg, use: 'sig' }));
  });

  test('goes its whole way by itself: pending, active, then the old key retiring, and gone', async () => {
    const desk = await newDesk('whole-way');
    const old = await desk.activeKid();
    const { kid } = await desk.rotate({ activate_after_seconds: 2, overlap_seconds: 3 });
    expect(await desk.publishedKids()).toEqual([old, kid]);
    const becomes = (which: string, state: string) =>
      vi.waitFor(async () => expect(await desk.list(state)).toMatchObject([{ kid: which }]), {
        timeout: 15_000,
        interval: 50,
      });
    await becomes(old, 'retiring');
    expect(await desk.activeKid()).toBe(kid);
    await vi.waitFor(async () => expect(await desk.publishedKids()).toEqual([kid, old]), {
      timeout: 1000,
      interval: 20,
    });
    await becomes(old, 'revoked');
    await vi.waitFor(async () => expect(await desk.publishedKids()).toEqual([kid]), { timeout: 1000, interval: 20 });
    const [revoked] = await desk.list('revoked');
    expect(revoked).toMatchObject({ revoked_at: expect.stringMatching(INSTANT) });
    expect(secondsBetween(revoked?.activates_at ?? '', revoked?.revoked_at ?? '')).toBeGreaterThan(4);
  });
});

describe('POST keys/{kid}/revoke', () => {
  test('takes the active key out of the JWKS before it answers, and its pending successor signs', async () => {
    const desk = await newDesk('emergency');
    const old = await desk.activeKid();
    const { kid } = await desk.rotate();
    expect(await desk.revoke(old)).toMatchObject({
      kid: old,
      state: 'revoked',
      revoked_at: expect.stringMatching(INSTANT),
    });
    expect(await desk.publishedKids()).toEqual([kid]);
    expect(await desk.activeKid()).toBe(kid);
  });

  test('makes a successor where none is pending, and answers a second time as the first', async () => {
    const desk = await newDesk('sudden');
    const old = await desk.activeKid();
    const first = await desk.revoke(old);
    expect(await desk.revoke(old)).toEqual(first);
    const successor = await desk.activeKid();
    expect(successor).not.toBe(old);
    expect(await desk.publishedKids()).toEqual([successor]);
    expect(await desk.list()).toHaveLength(2);
  });
});

describe('keys/policy', () => {
  const usual = { alg: 'ES256', rotate_every_days: 90, activate_after_seconds: 3900, overlap_seconds: 604_800 };

  test('is the usual one at first; what a PUT leaves out stays, and null ends the schedule', async () => {
    const desk = await newDesk('policy');
    const policy = async () => (await fleet.members[0].admin('GET', `${desk.path}/policy`)).json;
    expect(await policy()).toEqual(usual);
    expect((await desk.setPolicy({ alg: 'EdDSA' })).json).toEqual({ ...usual, alg: 'EdDSA' });
    expect((await desk.setPolicy({ rotate_every_days: null })).json).toMatchObject({
      alg: 'EdDSA',
      rotate_every_days: null,
    });
    expect((await desk.setPolicy(usual)).json).toEqual(usual);
    expect((await desk.setPolicy({})).json).toEqual(usual);
    expect(await policy()).toEqual(usual);
  });

  test('holds for the next key', async () => {
    const desk = await newDesk('obeys');
    await desk.setPolicy({ alg: 'EdDSA', activate_after_seconds: 86_400 });
    const key = await desk.rotate();
    expect(key.alg).toBe('EdDSA');
    expect(secondsBetween(key.created_at, key.activates_at)).toBe(86_400);
  });

  test('that is shorter than the age of the key rotates by itself', async () => {
    const desk = await newDesk('by-itself');
    await desk.setPolicy({ rotate_every_days: 1, activate_after_seconds: 2_592_000 });
    expect(await desk.list('pending')).toEqual([]);
    await fleet.makeDue('by-itself');
    await vi.waitFor(async () => expect(await desk.list('pending')).toHaveLength(1), { timeout: 15_000, interval: 50 });
  });
});

test("Gatehouse's own keys obey the same calls, and are at /.well-known/jwks.json", async () => {
  const desk = new KeyDesk(fleet.members[0], null);
  const old = await desk.activeKid();
  expect(await desk.publishedKids()).toEqual([old]);
  const { kid } = await desk.rotate({ activate_after_seconds: 0 });
  expect(await desk.publishedKids()).toEqual([kid, old]);
  await desk.revoke(kid);
  expect(await desk.publishedKids()).toEqual([await desk.activeKid(), old]);
  await desk.setPolicy({ rotate_every_days: 30 });
  const policy = await fleet.members[0].admin('GET', '/admin/platform/keys/policy');
  expect(policy.json).toMatchObject({ rotate_every_days: 30 });
});

test('every step is in the audit with who did it, and from where', async () => {
  const desk = await newDesk('audited');
  const old = await desk.activeKid();
  await desk.rotate();
  await desk.revoke(old);
  await desk.setPolicy({ overlap_seconds: 60 });
  const { entries } = (await fleet.members[0].admin('GET', '/admin/tenants/audited/audit')).json as {
    entries: { action: string }[];
  };
  const steps = entries.filter(({ action }) => action.startsWith('key')).toReversed();
  expect(steps.map(({ action }) => action)).toEqual([
    'key.created',
    'key.activated',
    'key.created',
    'key.revoked',
    'key.activated',
    'key_policy.changed',
  ]);
  for (const step of steps) expect(step).toMatchObject({ actor: 'admin-token', address: '127.0.0.1' });
});

test('nothing private was in any answer or any line of the log', () => {
  const written = [...fleet.members[0].bodies, ...fleet.processes.flatMap((process) => process.logs())];
  expect(written.length).toBeGreaterThan(50);
  for (const text of written) expect(text).not.toMatch(/"(d|p|q|dp|dq|qi|private_?jwk)"/i);
});
