import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Database, ScopedDatabase, type TenantId, Wakeups } from '#libs/database';
import { PLATFORM, type Tenant, Tenants } from '#libs/tenants';
import {
  createTenant,
  createTestDatabase,
  FakeClock,
  newTenant,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import {
  KeyRotation,
  PublishedKeys,
  type PublishedKeySet,
  SigningKeysModule,
  type RotationOptions,
  type SigningAlgorithm,
} from './index.js';

const MEMBERS = new Set(['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y']);

let database: TestDatabase;
let app: TestApp;
let other: TestApp;
let published: PublishedKeys;
let rotation: KeyRotation;
let tenant: Tenant;
let tenantId: TenantId;

/** `other` is a second process: what it publishes is looked at here. No wake-up arrives, as behind a transaction-mode pooler. */
beforeAll(async () => {
  vi.spyOn(Wakeups.prototype, 'onApplicationBootstrap').mockResolvedValue();
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule] });
  other = await startAnother(app.clock);
  rotation = app.get(KeyRotation);
  published = other.get(PublishedKeys);
});
beforeEach(async () => {
  vi.restoreAllMocks();
  tenant = await createTenantWithKey();
  tenantId = tenant.id;
  await published.sync();
});
afterAll(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

function startAnother(clock: FakeClock): Promise<TestApp> {
  return startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule], clock, keyring: app.keyring });
}

async function createTenantWithKey(): Promise<Tenant> {
  return (
    await app.get(Tenants).create(newTenant(), ({ id }, tx) => app.get(KeyRotation).createFirst(id, SYSTEM_ACTOR, tx))
  ).tenant;
}

const rotate = (options: RotationOptions = {}) => rotation.rotate(tenantId, options, SYSTEM_ACTOR);
const revoke = (kid: string) => rotation.revoke(tenantId, kid, SYSTEM_ACTOR);

async function rotateAndRevoke(alg: SigningAlgorithm): Promise<void> {
  const { kid } = await rotate({ alg, activateAfterSeconds: 0, overlapSeconds: 1000 });
  await rotate({ alg });
  await revoke(kid);
}

async function current(from = published): Promise<PublishedKeySet> {
  const set = await from.bySlug(tenant.slug);
  if (!set) throw new Error('The set is not published.');
  return set;
}

const keysOf = ({ body }: PublishedKeySet) => (JSON.parse(body) as { keys: Record<string, string>[] }).keys;
const publishedKids = async (from = published) => keysOf(await current(from)).map(({ kid }) => kid);

/** The database answers the process's next query, which gets the answer at `release()`. */
function holdNextAnswer(process: TestApp): { answered: Promise<void>; release: () => void } {
  const asked = process.get(Database).overTenants;
  const query = asked.query.bind(asked);
  const gate: { release?: () => void } = {};
  const released = new Promise<void>((resolve) => (gate.release = resolve));
  const answered = new Promise<void>((resolve) => {
    vi.spyOn(asked, 'query').mockImplementationOnce(async (...parameters) => {
      const rows = await query(...parameters);
      resolve();
      await released;
      return rows;
    });
  });
  return { answered, release: () => gate.release?.() };
}

describe('the set of another process', () => {
  it('has a rotation and a revocation after the next look', async () => {
    const [first = ''] = await publishedKids();
    const { kid } = await rotate();
    await published.sync();
    expect(await publishedKids()).toEqual([first, kid]);
    await revoke(first);
    await published.sync();
    expect(await publishedKids()).toEqual([kid]);
    expect((await current()).active).toEqual({ kid, alg: 'ES256' });
  });

  it('names the key that signs first, then those to come, then those on their way out', async () => {
    const [retiring] = await publishedKids();
    const { kid: active } = await rotate({ activateAfterSeconds: 0 });
    const { kid: pending } = await rotate();
    const { kid: revoked } = await rotate();
    await revoke(revoked);
    await published.sync();
    expect(await publishedKids()).toEqual([active, pending, retiring]);
  });

  it('is of a look that began after the call: one that is under way may have missed the change', async () => {
    const { answered, release } = holdNextAnswer(other);
    const before = published.sync();
    await answered;
    const { kid } = await rotate();
    const after = published.sync();
    release();
    await before;
    expect(await after).toBe(true);
    expect(await publishedKids()).toContain(kid);
  });

  it('has a change of a transaction that stayed open while others committed', async () => {
    const late = await createTenant(app);
    await app.database.transaction(async (tx) => {
      await rotation.createFirst(late.id, SYSTEM_ACTOR, tx);
      app.clock.advance(29);
      await published.sync();
    });
    const query = vi.spyOn(ScopedDatabase.prototype, 'query');
    await published.sync();
    const looks = query.mock.calls.length;
    expect(await published.bySlug(late.slug)).toMatchObject({ tenantId: late.id });
    expect(query).toHaveBeenCalledTimes(looks);
  });

  it('has within a minute what a process changed whose clock is far behind, and lacks what was deleted', async () => {
    const gone = await createTenantWithKey();
    await published.sync();
    await using behind = await startAnother(new FakeClock(app.clock.in(-3600)));
    const { kid } = await behind.get(KeyRotation).rotate(tenantId, {}, SYSTEM_ACTOR);
    await app.database.query(`DELETE FROM tenants WHERE id = $1`, [gone.id]);
    app.clock.advance(61);
    await published.sync();
    expect(await publishedKids()).toContain(kid);
    expect(await published.bySlug(gone.slug)).toBeNull();
  });

  it('has a change without any look of a tick when the wake-up arrives', async () => {
    await using woken = await startAnother(app.clock);
    const known = woken.get(PublishedKeys);
    expect(await publishedKids(known)).toHaveLength(1);
    const { kid } = await rotate();
    await vi.waitFor(async () => expect(await publishedKids(known)).toContain(kid), { timeout: 20_000 });
  });

  it('of Gatehouse itself has no slug that leads to it', async () => {
    expect(await published.byTenant(PLATFORM)).toMatchObject({ active: { alg: 'ES256' } });
    expect(await published.bySlug('@platform')).toBeNull();
  });
});

describe('what is published', () => {
  it('has no member but the public ones, whatever stands in the row', async () => {
    await rotate({ alg: 'RS256' });
    await rotate({ alg: 'EdDSA' });
    const planted = JSON.stringify({ d: 'private', p: 'private', q: 'private', k: 'private', x5u: 'https://a.test' });
    await app.database.query(`UPDATE signing_keys SET public_jwk = public_jwk || $2 WHERE tenant_id = $1`, [
      tenantId,
      planted,
    ]);
    await revoke((await publishedKids())[0] ?? '');
    await published.sync();
    const set = await current();
    expect(keysOf(set)).toHaveLength(2);
    expect(
      keysOf(set)
        .flatMap((key) => Object.keys(key))
        .filter((name) => !MEMBERS.has(name)),
    ).toEqual([]);
    expect(set.body).not.toContain('private');
  });

  it('has no private member at any of 200 looks while keys come and go', async () => {
    const members = new Set<string>();
    const kids = new Set<string | undefined>();
    for (const alg of ['ES256', 'EdDSA', 'RS256', 'EdDSA', 'ES256'] as const) {
      const changing = rotateAndRevoke(alg);
      for (let look = 1; look <= 40; look += 1) {
        await published.sync();
        for (const key of keysOf(await current())) {
          kids.add(key.kid);
          for (const name of Object.keys(key)) members.add(name);
        }
      }
      await changing;
    }
    expect([...members].filter((name) => !MEMBERS.has(name))).toEqual([]);
    expect(kids.size).toBeGreaterThan(5);
  });

  it('has an ETag that changes exactly when the body does, and is the same in every process', async () => {
    const etags = new Map<string, string>();
    const changes = [
      () => rotate(),
      () => rotation.setPolicy(tenantId, { overlapSeconds: 5 }, SYSTEM_ACTOR),
      () => rotate({ activateAfterSeconds: 0 }),
      async () => revoke((await publishedKids())[0] ?? ''),
      () => rotation.setPolicy(tenantId, { alg: 'EdDSA' }, SYSTEM_ACTOR),
    ];
    for (const change of changes) {
      const before = await current();
      await change();
      await published.sync();
      await app.get(PublishedKeys).sync();
      const after = await current();
      expect(after.etag === before.etag).toBe(after.body === before.body);
      expect(after.etag).toMatch(/^"[\w-]+"$/);
      expect(await current(app.get(PublishedKeys))).toEqual(after);
      etags.set(after.etag, after.body);
    }
    expect(new Set(etags.values()).size).toBe(3);
    for (const [etag, body] of etags) expect(etag).toBe(`"${createHash('sha256').update(body).digest('base64url')}"`);
  });

  it.each([
    [3900, 300],
    [60, 30],
    [0, 0],
  ])(
    'may be cached as the policy allows: with a lead of %i s, for %i s',
    async (activateAfterSeconds, maxAgeSeconds) => {
      await rotation.setPolicy(tenantId, { activateAfterSeconds }, SYSTEM_ACTOR);
      await published.sync();
      expect(await current()).toMatchObject({ maxAgeSeconds });
    },
  );
});
