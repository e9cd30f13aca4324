import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, type Actor, type RecordedEntry } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { PLATFORM, Tenants } from '#libs/tenants';
import { createTestDatabase, dumpRows, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { KeyRotation, SigningKeysModule, SigningKeyStore } from './index.js';

const DAY = 86_400;
const ADA: Actor = { name: 'ada', address: '192.0.2.7' };
const BOB: Actor = { name: 'bob', address: '2001:db8::7' };
const ada = { actor: 'ada', address: '192.0.2.7' };
const bob = { actor: 'bob', address: '2001:db8::7' };
const schedule = { actor: 'schedule', address: null };

let database: TestDatabase;
let app: TestApp;
let rotation: KeyRotation;
let tenantId: TenantId;
let first: string;
let seen: number;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule] });
  rotation = app.get(KeyRotation);
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM tenants WHERE id <> $1`, [PLATFORM]);
  seen = 0;
  const made = await app.get(Tenants).create(newTenant(), ({ id }, tx) => rotation.createFirst(id, ADA, tx));
  tenantId = made.tenant.id;
  first = (await app.get(SigningKeyStore).list(tenantId))[0]?.kid ?? '';
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** The entries since the last call, oldest first. */
async function newEntries(): Promise<RecordedEntry[]> {
  const all = (await app.get(Audit).list(tenantId, { limit: 100 })).toReversed();
  const fresh = all.slice(seen);
  seen = all.length;
  return fresh;
}

async function runDueAfter(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await rotation.runDue();
}

describe('the audit says', () => {
  it('who made the first key', async () => {
    expect(await newEntries()).toMatchObject([
      { ...ada, action: 'key.created', subject: first },
      { ...ada, action: 'key.activated', subject: first },
    ]);
  });

  it('who asked for a rotation, and what the clock made of it, step by step', async () => {
    await newEntries();
    const { kid } = await rotation.rotate(tenantId, { overlapSeconds: 60 }, BOB);
    expect(await newEntries()).toMatchObject([
      {
        ...bob,
        at: app.clock.now(),
        action: 'key.created',
        subject: kid,
        details: { alg: 'ES256', activates_at: app.clock.in(3900).toISOString(), overlap_seconds: 60 },
      },
    ]);
    await runDueAfter(3900);
    expect(await newEntries()).toMatchObject([
      { ...schedule, action: 'key.retiring', subject: first },
      { ...schedule, action: 'key.activated', subject: kid, at: app.clock.now() },
    ]);
    await runDueAfter(60);
    expect(await newEntries()).toMatchObject([{ ...schedule, action: 'key.retired', subject: first }]);
    await runDueAfter(90 * DAY);
    expect(await newEntries()).toMatchObject([{ ...schedule, action: 'key.created' }]);
  });

  it('who rotated at once: every step is theirs', async () => {
    await newEntries();
    const { kid } = await rotation.rotate(tenantId, { activateAfterSeconds: 0, overlapSeconds: 0 }, BOB);
    expect(await newEntries()).toMatchObject([
      { ...bob, action: 'key.created', subject: kid },
      { ...bob, action: 'key.retiring', subject: first },
      { ...bob, action: 'key.activated', subject: kid },
      { ...bob, action: 'key.retired', subject: first },
    ]);
  });

  it('who revoked a key, and which key took its place', async () => {
    await newEntries();
    await rotation.revoke(tenantId, first, BOB);
    const entries = await newEntries();
    expect(entries).toMatchObject([
      { ...bob, action: 'key.revoked', subject: first },
      { ...bob, action: 'key.created', subject: expect.not.stringMatching(first) },
      { ...bob, action: 'key.activated', subject: entries[1]?.subject },
    ]);
  });

  it('nothing of a call that changed nothing', async () => {
    await rotation.revoke(tenantId, first, ADA);
    await newEntries();
    await rotation.revoke(tenantId, first, BOB);
    await expect(rotation.revoke(tenantId, 'unknown', BOB)).rejects.toMatchObject({ code: 'not_found' });
    expect(await newEntries()).toEqual([]);
  });

  it('who changed the policy, and what it says now', async () => {
    await newEntries();
    await rotation.setPolicy(tenantId, { rotateEveryDays: null, overlapSeconds: 5 }, BOB);
    expect(await newEntries()).toMatchObject([
      {
        ...bob,
        action: 'key_policy.changed',
        details: { alg: 'ES256', rotate_every_days: null, activate_after_seconds: 3900, overlap_seconds: 5 },
      },
    ]);
  });
});

/** As a disk or a constraint would: every write to the table fails until the second function is called. */
async function breakTable(table: string): Promise<() => Promise<unknown>> {
  await app.database.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$`,
  );
  await app.database.query(
    `CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
  );
  return () => app.database.query(`DROP FUNCTION refuse CASCADE`);
}

describe.each(['signing_keys', 'vault_secrets', 'audit_entries', 'signing_key_sets'])(
  'a write to %s that fails',
  (table) => {
    it.each<[string, () => Promise<unknown>]>([
      ['rotation', () => rotation.rotate(tenantId, { activateAfterSeconds: 0, overlapSeconds: 0 }, ADA)],
      ['revocation', () => rotation.revoke(tenantId, first, ADA)],
    ])('leaves nothing of a %s behind: no key, no private half, no entry', async (_what, change) => {
      const before = await dumpRows(app.database);
      const mend = await breakTable(table);
      await expect(change()).rejects.toThrow('broken');
      await mend();
      expect(await dumpRows(app.database)).toBe(before);
      await change();
      expect(await dumpRows(app.database)).not.toBe(before);
    });

    it('is reported by the clock to nobody, and made up for later', async () => {
      const { kid } = await rotation.rotate(tenantId, {}, ADA);
      const mend = await breakTable(table);
      await expect(runDueAfter(3900)).resolves.toBeUndefined();
      const statesOf = async () => (await app.get(SigningKeyStore).list(tenantId)).map(({ state }) => state);
      expect(await statesOf()).toEqual(expect.arrayContaining(['active', 'pending']));
      await mend();
      await runDueAfter(60);
      const [active] = (await app.get(SigningKeyStore).list(tenantId)).filter(({ state }) => state === 'active');
      expect(active?.kid).toBe(kid);
    });
  },
);
