import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { isUniqueViolation, type TenantId } from '#libs/database';
import { PLATFORM, Tenants } from '#libs/tenants';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { KeyRotation, SigningKeysModule, SigningKeyStore } from './index.js';

const DAY = 86_400;
const ROUNDS = Array.from({ length: 20 }, (_, index) => index + 1);

let database: TestDatabase;
let app: TestApp;
let other: TestApp;
let tenantId: TenantId;

/** Two processes: one database, one clock, one keyring. */
beforeAll(async () => {
  database = await createTestDatabase();
  const options = { databaseUrl: database.url, imports: [SigningKeysModule] };
  app = await startTestApp(options);
  other = await startTestApp({ ...options, clock: app.clock, keyring: app.keyring });
});
beforeEach(startOver);
afterAll(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

const rotations = () => [app.get(KeyRotation), other.get(KeyRotation)] as const;

async function startOver(): Promise<void> {
  await app.database.query(`DELETE FROM tenants WHERE id <> $1`, [PLATFORM]);
  const [rotation] = rotations();
  const made = await app.get(Tenants).create(newTenant(), ({ id }, tx) => rotation.createFirst(id, SYSTEM_ACTOR, tx));
  tenantId = made.tenant.id;
}

async function kids(...states: string[]): Promise<string[]> {
  const keys = await app.get(SigningKeyStore).list(tenantId);
  return keys.filter(({ state }) => states.includes(state)).map(({ kid }) => kid);
}

/** Both at the same instant, and once more, as their next ticks do. */
async function bothRunDueAfter(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  for (let look = 1; look <= 2; look += 1) await Promise.all(rotations().map((rotation) => rotation.runDue()));
}

async function actions(): Promise<string[]> {
  const entries = await app.get(Audit).list(tenantId, { limit: 100 });
  return entries.map(({ action }) => action).toReversed();
}

describe('two workers that look at the same instant', () => {
  it.each(ROUNDS)('rotate once and activate once (round %i)', async () => {
    const [old] = await kids('active');
    await bothRunDueAfter(90 * DAY - 3900);
    const pending = await kids('pending');
    expect(pending).toHaveLength(1);
    await bothRunDueAfter(3900);
    expect(await kids('active')).toEqual(pending);
    expect(await kids('retiring')).toEqual([old]);
    await bothRunDueAfter(7 * DAY);
    expect(await kids('revoked')).toEqual([old]);
    expect((await actions()).join(' ')).toBe(
      'key.created key.activated key.created key.retiring key.activated key.retired',
    );
  });
});

describe('calls at the same instant', () => {
  it.each([3900, 0])('that rotate, ten with a lead of %i s, all succeed and leave one key that signs', async (lead) => {
    const calls = Array.from({ length: 5 }, () => rotations()).flat();
    const made = await Promise.all(
      calls.map((rotation) => rotation.rotate(tenantId, { activateAfterSeconds: lead }, SYSTEM_ACTOR)),
    );
    expect(new Set(made.map(({ kid }) => kid)).size).toBe(10);
    expect(await kids('active')).toHaveLength(1);
    expect(await kids('active', 'pending', 'retiring')).toHaveLength(11);
  });

  it('that rotate, more than there are connections in the pool, do not wait for each other forever', async () => {
    const [rotation] = rotations();
    const calls = Array.from({ length: 30 }, () => rotation.rotate(tenantId, {}, SYSTEM_ACTOR));
    const outcomes = await Promise.allSettled(calls);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(11).fill('conflict'));
    expect(await kids('active', 'pending')).toHaveLength(20);
  });

  it.each(ROUNDS)('that revoke the active key make one successor (round %i)', async () => {
    const [old = ''] = await kids('active');
    const answers = await Promise.all(rotations().map((rotation) => rotation.revoke(tenantId, old, SYSTEM_ACTOR)));
    expect(answers).toMatchObject([
      { kid: old, state: 'revoked' },
      { kid: old, state: 'revoked' },
    ]);
    expect(await kids('active')).toHaveLength(1);
    expect((await actions()).join(' ')).toBe('key.created key.activated key.revoked key.created key.activated');
  });

  it.each(ROUNDS)(
    'that rotate, revoke and look leave one key that signs, and never the revoked one (round %i)',
    async () => {
      const [one, two] = rotations();
      const [old = ''] = await kids('active');
      await one.rotate(tenantId, { activateAfterSeconds: 10 }, SYSTEM_ACTOR);
      app.clock.advance(10);
      await Promise.all([
        one.runDue(),
        two.runDue(),
        one.rotate(tenantId, { activateAfterSeconds: 0 }, SYSTEM_ACTOR),
        two.revoke(tenantId, old, SYSTEM_ACTOR),
      ]);
      const active = await kids('active');
      expect(active).toHaveLength(1);
      expect(active).not.toContain(old);
      expect(await kids('revoked')).toContain(old);
    },
  );
});

it('two processes that start first at the same instant make one key of Gatehouse itself', async () => {
  const empty = await createTestDatabase();
  const options = { databaseUrl: empty.url, imports: [SigningKeysModule], clock: app.clock, keyring: app.keyring };
  const started = await Promise.all([startTestApp(options), startTestApp(options)]);
  const [one, two] = started.map((each) => each.get(SigningKeyStore));
  const keys = await one?.list(PLATFORM);
  expect(keys).toMatchObject([{ state: 'active' }]);
  expect(await two?.list(PLATFORM)).toEqual(keys);
  for (const each of started) await each.close();
  await empty.drop();
});

describe('the database itself refuses a second key that signs', () => {
  const violates = { name: 'QueryFailedError', driverError: { constraint: 'one_active_key_per_tenant' } };

  it('when it is added', async () => {
    const adding = app.database.query(
      `INSERT INTO signing_keys (tenant_id, kid, alg, public_jwk, state, activates_at, overlap_seconds)
       SELECT tenant_id, 'second', alg, public_jwk, state, activates_at, overlap_seconds FROM signing_keys WHERE tenant_id = $1`,
      [tenantId],
    );
    await expect(adding).rejects.toMatchObject(violates);
    await expect(adding.catch((error: unknown) => isUniqueViolation(error, 'one_active_key_per_tenant'))).resolves.toBe(
      true,
    );
  });

  it('when one is changed', async () => {
    const [rotation] = rotations();
    const { kid } = await rotation.rotate(tenantId, {}, SYSTEM_ACTOR);
    const changing = app.database.query(`UPDATE signing_keys SET state = 'active' WHERE tenant_id = $1 AND kid = $2`, [
      tenantId,
      kid,
    ]);
    await expect(changing).rejects.toMatchObject(violates);
  });

  it('and a state that nobody knows', async () => {
    const changing = app.database.query(`UPDATE signing_keys SET state = 'Active' WHERE tenant_id = $1`, [tenantId]);
    await expect(changing).rejects.toMatchObject({ driverError: { constraint: 'signing_keys_state_check' } });
  });
});
