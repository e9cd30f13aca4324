import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { PLATFORM, Tenants } from '#libs/tenants';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { KeyRotation, SigningKeysModule, SigningKeyStore, type KeyPolicy, type SigningAlgorithm } from './index.js';

const DAY = 86_400;

let database: TestDatabase;
let app: TestApp;
let rotation: KeyRotation;
let store: SigningKeyStore;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule] });
  rotation = app.get(KeyRotation);
  store = app.get(SigningKeyStore);
});
beforeEach(startOver);
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function startOver(): Promise<void> {
  await app.database.query(`DELETE FROM tenants WHERE id <> $1`, [PLATFORM]);
  tenantId = await createTenantWithKey();
}

async function createTenantWithKey(): Promise<TenantId> {
  return (await app.get(Tenants).create(newTenant(), ({ id }, tx) => rotation.createFirst(id, SYSTEM_ACTOR, tx))).tenant
    .id;
}

async function kids(...states: string[]): Promise<string[]> {
  return (await store.list(tenantId)).filter(({ state }) => states.includes(state)).map(({ kid }) => kid);
}

async function runDueAfter(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await rotation.runDue();
}

const setPolicy = (changes: Partial<KeyPolicy>) => rotation.setPolicy(tenantId, changes, SYSTEM_ACTOR);
const dueAt = async (of = tenantId) => (await store.policy(of)).dueAt;
const overdue = () => app.database.query(`UPDATE signing_key_sets SET due_at = $1`, [app.clock.in(-1)]);

describe('the schedule', () => {
  it('publishes the next key early enough that it takes over on the day, time after time', async () => {
    await setPolicy({ rotateEveryDays: 30, activateAfterSeconds: 3900 });
    for (let round = 1; round <= 3; round += 1) {
      const [old] = await kids('active');
      await runDueAfter(30 * DAY - 3901);
      expect(await kids('pending')).toEqual([]);
      await runDueAfter(1);
      const [next] = await kids('pending');
      expect(await kids('active')).toEqual([old]);
      await runDueAfter(3900);
      expect(await kids('active')).toEqual([next]);
    }
  });

  it('makes one key after a long sleep, not one for each time that was missed', async () => {
    await runDueAfter(1000 * DAY);
    expect(await kids('active', 'pending', 'retiring')).toHaveLength(2);
  });

  it('follows the policy of now: its algorithm, its lead, its period, or none at all', async () => {
    await setPolicy({ alg: 'EdDSA', rotateEveryDays: 2, activateAfterSeconds: 60 });
    await runDueAfter(2 * DAY - 60);
    const [next] = await store.list(tenantId).then((keys) => keys.filter(({ state }) => state === 'pending'));
    expect(next).toMatchObject({ alg: 'EdDSA', activatesAt: app.clock.in(60), overlapSeconds: 7 * DAY });
    await runDueAfter(60);
    await setPolicy({ rotateEveryDays: null });
    await runDueAfter(3000 * DAY);
    expect(await kids('active')).toEqual([next?.kid]);
    expect(await dueAt()).toBeNull();
  });

  it('that is shortened below the age of the key takes effect at the next look', async () => {
    app.clock.advance(40 * DAY);
    await setPolicy({ rotateEveryDays: 30 });
    expect(await kids('pending')).toEqual([]);
    await rotation.runDue();
    expect(await kids('pending')).toHaveLength(1);
  });

  it('counts from a rotation on demand', async () => {
    await runDueAfter(80 * DAY);
    await rotation.rotate(tenantId, { activateAfterSeconds: 0 }, SYSTEM_ACTOR);
    await runDueAfter(80 * DAY);
    expect(await kids('pending')).toEqual([]);
  });

  it('never publishes more keys than 20, however long the overlap: it waits for one to end', async () => {
    await setPolicy({ rotateEveryDays: 1, activateAfterSeconds: 0, overlapSeconds: 30 * DAY });
    for (let day = 1; day <= 45; day += 1) {
      await runDueAfter(DAY);
      expect((await kids('active', 'pending', 'retiring')).length).toBeLessThanOrEqual(20);
    }
    expect(await kids('revoked')).not.toEqual([]);
    const [key] = (await store.list(tenantId)).filter(({ state }) => state === 'active');
    expect(key?.activatesAt.getTime()).toBeGreaterThan(app.clock.in(-15 * DAY).getTime());
  });
});

describe('a set that is due', () => {
  it('from before there were policies gets its due time, and no rotation', async () => {
    const before = await store.list(tenantId);
    await overdue();
    await rotation.runDue();
    expect(await store.list(tenantId)).toEqual(before);
    expect(await dueAt()).toEqual(app.clock.in(90 * DAY - 3900));
  });

  it('is reached however many there are', async () => {
    const others = [tenantId];
    for (let count = 1; count < 45; count += 1) others.push(await createTenantWithKey());
    await overdue();
    for (let look = 1; look <= 3; look += 1) await rotation.runDue();
    for (const other of others) expect(await dueAt(other)).toEqual(app.clock.in(90 * DAY - 3900));
  });

  it('and can not be changed is tried again later, and keeps no other from its turn', async () => {
    const broken: TenantId[] = [];
    for (let count = 1; count <= 25; count += 1) broken.push(await createTenantWithKey());
    await overdue();
    await app.database.query(`UPDATE signing_key_sets SET due_at = $1 WHERE tenant_id = $2`, [
      app.clock.now(),
      tenantId,
    ]);
    await app.database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF NEW.version <> OLD.version AND OLD.tenant_id IN ('${broken.join(`','`)}') THEN RAISE 'broken'; END IF; RETURN NEW; END $$`,
    );
    await app.database.query(
      `CREATE TRIGGER refuse BEFORE UPDATE ON signing_key_sets FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    for (let look = 1; look <= 2; look += 1) await rotation.runDue();
    await app.database.query(`DROP FUNCTION refuse CASCADE`);
    expect(await dueAt()).toEqual(app.clock.in(90 * DAY - 3900));
    for (let look = 1; look <= 2; look += 1) await runDueAfter(300);
    for (const one of broken) expect(await dueAt(one)).toEqual(app.clock.in(90 * DAY - 3900 - 600));
  });
});

type Step =
  | { rotate: { activateAfterSeconds: number; overlapSeconds: number } }
  | { revoke: number }
  | { policy: Partial<KeyPolicy> }
  | { wait: number };

const lead = fc.constantFrom(0, 1, 3900, 30 * DAY);
const overlap = fc.constantFrom(0, 60, 7 * DAY);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ rotate: fc.record({ activateAfterSeconds: lead, overlapSeconds: overlap }) }),
  fc.record({ revoke: fc.nat() }),
  fc.record({
    policy: fc.record({
      alg: fc.constantFrom<SigningAlgorithm>('ES256', 'EdDSA'),
      rotateEveryDays: fc.constantFrom(null, 1, 90),
      activateAfterSeconds: lead,
      overlapSeconds: overlap,
    }),
  }),
  fc.record({ wait: fc.constantFrom(1, 3900, DAY, 8 * DAY, 91 * DAY) }),
);

async function take(one: Step): Promise<void> {
  if ('rotate' in one) await rotation.rotate(tenantId, one.rotate, SYSTEM_ACTOR);
  else if ('policy' in one) await setPolicy(one.policy);
  else if ('wait' in one) app.clock.advance(one.wait);
  else {
    const all = await store.list(tenantId);
    await rotation.revoke(tenantId, all[one.revoke % all.length]?.kid ?? '', SYSTEM_ACTOR);
  }
}

describe('whatever operators and the clock do, in any order', () => {
  it('one key signs, the vault holds what may sign and nothing else, and nothing due is left over', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
      await startOver();
      for (const one of steps) {
        await take(one);
        // Two looks: what a key's activation lets the policy ask for is due at the second.
        await rotation.runDue();
        await rotation.runDue();
        expect(await kids('active')).toHaveLength(1);
        const sealed = await app.database.query<{ row_id: string }>(
          `SELECT row_id FROM vault_secrets WHERE tenant_id = $1`,
          [tenantId],
        );
        expect(sealed.map(({ row_id }) => row_id).sort()).toEqual((await kids('pending', 'active')).sort());
        const due = await dueAt();
        if (due) expect(due.getTime()).toBeGreaterThan(app.clock.now().getTime());
      }
    });
    await fc.assert(property, { numRuns: 25 });
  });
});
