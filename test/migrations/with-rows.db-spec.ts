import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { asTenantId, newId } from '#libs/database';
import { secondsAfter } from '#libs/scheduling';
import { KeyRotation, SigningKeysModule, SigningKeyStore } from '#libs/signing-keys';
import { PLATFORM, Tenants } from '#libs/tenants';
import {
  createBareDatabase,
  FakeClock,
  newTenant,
  queryOnce,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { TrustedKeys, TrustedKeysModule } from '#libs/trusted-keys';
import { migrations, migrationSource, runMigrations, undoMigration } from '../../migrations/data-source.js';

const FIRST_RELEASE = 9;
const DAY = 86_400;
const YOUNG_SINCE = secondsAfter(new Date(), -10 * DAY);
const OLD_SINCE = secondsAfter(new Date(), -200 * DAY);
const FETCHED_AT = secondsAfter(new Date(), -60);

const youngKey = asTenantId(newId());
const oldKey = asTenantId(newId());
const neverFetched = asTenantId(newId());
const fetched = asTenantId(newId());
const uploaded = asTenantId(newId());
const fetchedAndUploaded = asTenantId(newId());

const jwk = (kid: string) => ({ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid });

let database: TestDatabase;

beforeEach(async () => {
  database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, FIRST_RELEASE)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  await insertRows();
});
afterEach(() => database?.drop());

const query = (sql: string, ...values: unknown[]) => queryOnce(database.url, sql, values);

async function insertRows(): Promise<void> {
  for (const id of [youngKey, oldKey, neverFetched, fetched, uploaded, fetchedAndUploaded])
    await query(
      `INSERT INTO tenants (id, slug, name, issuer, audience) VALUES ($1, $2, 'Acme', 'https://acme.example', 'gatehouse')`,
      id,
      `tenant-${id}`,
    );
  await insertSigningKey(youngKey, YOUNG_SINCE);
  await insertSigningKey(oldKey, OLD_SINCE);
  await insertTrustedKeys(neverFetched, null, null);
  await insertTrustedKeys(fetched, null, [jwk('k1'), jwk('k2')]);
  await insertTrustedKeys(uploaded, [jwk('u1')], null);
  await insertTrustedKeys(fetchedAndUploaded, [jwk('k1')], [jwk('k1')]);
}

/** As the first release did: it knew of no other columns. */
async function insertSigningKey(tenantId: string, activatesAt: Date): Promise<void> {
  await query(
    `INSERT INTO signing_keys (tenant_id, kid, alg, public_jwk, state, activates_at) VALUES ($1, $2, 'ES256', $3, 'active', $4)`,
    tenantId,
    `s-${tenantId}`,
    jwk('s'),
    activatesAt,
  );
}

async function insertTrustedKeys(tenantId: string, own: object[] | null, found: object[] | null): Promise<void> {
  await query(
    `INSERT INTO trusted_key_sets (tenant_id, jwks_uri, uploaded_keys, fetched_keys, fetched_at) VALUES ($1, $2, $3, $4, $5)`,
    tenantId,
    own && !found ? null : 'https://acme.example/jwks',
    own && JSON.stringify(own),
    found && JSON.stringify(found),
    found && FETCHED_AT,
  );
}

/** Of each table that the first release had filled. */
function rowsOfFirstRelease(): Promise<Record<string, unknown>[][]> {
  return Promise.all(['tenants', 'signing_keys', 'trusted_key_sets'].map((table) => query(`SELECT * FROM ${table}`)));
}

const keySets = () =>
  query(
    `SELECT tenant_id, version, alg, rotate_every_days, activate_after_seconds, overlap_seconds
       FROM signing_key_sets ORDER BY tenant_id`,
  );
const keyUses = () =>
  query(
    `SELECT tenant_id, kid, last_used_at, first_seen_at = $1 AS "isSeenWhenFetched" FROM trusted_key_uses ORDER BY tenant_id, kid`,
    FETCHED_AT,
  );

const seen = (tenantId: string, kid: string, isSeenWhenFetched: boolean) => ({
  tenant_id: tenantId,
  kid,
  last_used_at: null,
  isSeenWhenFetched,
});

const outcome = async () => [
  await keySets(),
  await keyUses(),
  (await rowsOfFirstRelease()).map(({ length }) => length),
];

/** At a time after the upgrade, which stamps its rows with the server's clock. */
function startUpgraded(): Promise<TestApp> {
  const clock = new FakeClock(secondsAfter(new Date(), 60));
  return startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, TrustedKeysModule], clock });
}

async function undoUpgrade(): Promise<void> {
  const source = await migrationSource(database.url).initialize();
  for (const _ of migrations.slice(FIRST_RELEASE)) await undoMigration(source);
  await source.destroy();
}

describe('the upgrade of a database in use', () => {
  it('gives each tenant that has keys a key set, and the keys the overlap of new ones', async () => {
    await runMigrations(database.url);
    const policy = { alg: 'ES256', rotate_every_days: 90, activate_after_seconds: 3900, overlap_seconds: 604_800 };
    expect(await keySets()).toEqual(
      [youngKey, oldKey].sort().map((tenantId) => ({ tenant_id: tenantId, version: 1, ...policy })),
    );
    expect(await query(`SELECT DISTINCT overlap_seconds, first_used_at, revoked_at FROM signing_keys`)).toEqual([
      { overlap_seconds: 604_800, first_used_at: null, revoked_at: null },
    ]);
  });

  it('gives them the policy that new tenants get', async () => {
    await runMigrations(database.url);
    await using app = await startUpgraded();
    const rotation = app.get(KeyRotation);
    const { tenant } = await app
      .get(Tenants)
      .create(newTenant(), ({ id }, tx) => rotation.createFirst(id, SYSTEM_ACTOR, tx));
    const { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds } = await rotation.policy(tenant.id);
    expect(await rotation.policy(youngKey)).toMatchObject({
      alg,
      rotateEveryDays,
      activateAfterSeconds,
      overlapSeconds,
    });
  });

  it('adds the row of the platform, which then makes a key of its own', async () => {
    await runMigrations(database.url);
    expect(await query(`SELECT slug FROM tenants WHERE id = $1`, PLATFORM)).toEqual([{ slug: '@platform' }]);
    await using app = await startUpgraded();
    expect((await app.get(SigningKeyStore).list(PLATFORM)).map(({ state }) => state)).toEqual(['active']);
  });

  it('notes each trusted key once: as first seen when it was fetched, and never used', async () => {
    await runMigrations(database.url);
    const uses = [
      seen(fetched, 'k1', true),
      seen(fetched, 'k2', true),
      seen(uploaded, 'u1', false),
      seen(fetchedAndUploaded, 'k1', true),
    ];
    expect(await keyUses()).toEqual(expect.arrayContaining(uses));
    expect(await keyUses()).toHaveLength(uses.length);
  });

  it('leaves trusted sets as they were, with nothing under way, and their keys in force', async () => {
    const [, , before = []] = await rowsOfFirstRelease();
    await runMigrations(database.url);
    const [, , after] = await rowsOfFirstRelease();
    const added = { version: 1, uploaded_ignored: [], fetched_ignored: [], attempted_at: null, fetching_until: null };
    expect(after).toEqual(before.map((row) => ({ ...row, ...added, failures: 0, renew_at: null, used_at: null })));
    await using app = await startUpgraded();
    expect((await app.get(TrustedKeys).find(uploaded, 'u1'))?.kid).toBe('u1');
  });
});

describe('the first look at the schedule after the upgrade', () => {
  it('sets when a young key is due, and rotates nothing', async () => {
    await runMigrations(database.url);
    await using app = await startUpgraded();
    const before = await app.get(SigningKeyStore).list(youngKey);
    await app.get(KeyRotation).runDue();
    expect(await app.get(SigningKeyStore).list(youngKey)).toEqual(before);
    expect((await app.get(SigningKeyStore).policy(youngKey)).dueAt).toEqual(secondsAfter(YOUNG_SINCE, 90 * DAY - 3900));
  });

  it('publishes a successor for a key that is older than the policy allows, which signs until then', async () => {
    await runMigrations(database.url);
    await using app = await startUpgraded();
    const states = async () => (await app.get(SigningKeyStore).list(oldKey)).map(({ state }) => state);
    await app.get(KeyRotation).runDue();
    expect((await states()).sort()).toEqual(['active', 'pending']);
    expect((await app.get(SigningKeyStore).policy(oldKey)).dueAt).toEqual(app.clock.in(3900));
    app.clock.advance(3900);
    await app.get(KeyRotation).runDue();
    expect((await states()).sort()).toEqual(['active', 'retiring']);
  });
});

it('a process of the first release still makes keys while the others are replaced', async () => {
  await runMigrations(database.url);
  await insertSigningKey(uploaded, YOUNG_SINCE);
  await using app = await startUpgraded();
  const [key] = await app.get(SigningKeyStore).list(uploaded);
  expect(key).toMatchObject({ state: 'active', overlapSeconds: 7 * DAY });
  // And the next process that starts gives it the set that the old one knew nothing of.
  expect(await app.get(KeyRotation).policy(uploaded)).toMatchObject({ alg: 'ES256', rotateEveryDays: 90 });
});

describe('the upgrade undone', () => {
  it('leaves what the first release had stored as it was, also after the new one has run', async () => {
    const before = await rowsOfFirstRelease();
    await runMigrations(database.url);
    const app = await startUpgraded();
    await app.get(KeyRotation).runDue();
    await app.close();
    await undoUpgrade();
    const after = await rowsOfFirstRelease();
    expect(after.map((rows, table) => rows.length - (before[table]?.length ?? 0))).toEqual([0, 1, 0]);
    for (const [table, rows] of before.entries()) expect(after[table]).toEqual(expect.arrayContaining(rows));
  });

  it('and done again ends where it ended the first time', async () => {
    const names = await runMigrations(database.url);
    const before = await outcome();
    await undoUpgrade();
    expect(await runMigrations(database.url)).toEqual(names);
    expect(await outcome()).toEqual(before);
  });
});
