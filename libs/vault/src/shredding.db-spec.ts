import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { type TenantId } from '#libs/database';
import { PLATFORM, TenantErasure, Tenants, type Tenant } from '#libs/tenants';
import {
  createTenant,
  createTestDatabase,
  newTenant,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Shredding, Vault, VaultMemory, VaultModule, type BuriedTenant, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };

let database: TestDatabase;
let app: TestApp;
let other: TestApp;
let gone: Tenant;
let kept: Tenant;

const startAnother = () =>
  startTestApp({ databaseUrl: database.url, imports: [VaultModule], clock: app.clock, keyring: app.keyring });

beforeEach(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [VaultModule] });
  other = await startAnother();
  gone = await createTenant(app);
  kept = await createTenant(app);
  for (const { id } of [gone, kept]) await app.get(Vault).put(id, place, new Secret('secret'));
});
afterEach(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

const reveal = async (id: TenantId, by = app) => (await by.get(Vault).get(id, place))?.value.reveal();
async function shred({ id, slug }: Tenant = gone): Promise<void> {
  await app.database.transaction((tx) => app.get(Shredding).shred({ tenantId: id, slug }, SYSTEM_ACTOR, tx));
  app.get(Shredding).takeEffect(id);
}

async function bury(list: readonly BuriedTenant[], by: TestApp): Promise<void> {
  for (const tombstone of list) {
    await by.database.transaction((tx) => by.get(Shredding).bury(tombstone, SYSTEM_ACTOR, tx));
    by.get(Shredding).takeEffect(tombstone.tenantId);
  }
}

describe('a tenant that is shredded', () => {
  it('has no secret that opens from that commit on, on any process', async () => {
    expect(await reveal(gone.id, other)).toBe('secret');
    await shred();
    expect(await reveal(gone.id)).toBeUndefined();
    expect(await reveal(gone.id, other)).toBeUndefined();
    expect([await reveal(kept.id), await reveal(kept.id, other)]).toEqual(['secret', 'secret']);
  });

  it('can not store a secret any more, nor can a process that has its key in memory once it heard of it', async () => {
    await reveal(gone.id, other);
    await shred();
    const put = (by: TestApp) => by.get(Vault).put(gone.id, place, new Secret('late'));
    await expect(put(app)).rejects.toMatchObject({ code: 'not_found' });
    await other.get(VaultMemory).sync();
    await expect(put(other)).rejects.toMatchObject({ code: 'not_found' });
    await expect(other.get(Vault).sealFor(gone.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is forgotten by other processes without a tick, when the notice arrives', async () => {
    const { id } = gone;
    await other.get(Vault).put(id, place, new Secret('secret'));
    await shred();
    await vi.waitFor(() => expect(other.get(Vault).sealFor(id)).rejects.toMatchObject({ code: 'not_found' }), {
      timeout: 20_000,
    });
  });

  it('gets no new key from a transaction that was under way', async () => {
    const fresh = await createTenant(app);
    const sealed = app.database.transaction(async (tx) => {
      await other.get(Vault).put(fresh.id, place, new Secret('late'), tx);
      // Waits for this transaction, because it has made a key; then it destroys that one too.
      return { shredding: shred(fresh) };
    });
    await (
      await sealed
    ).shredding;
    expect(await reveal(fresh.id)).toBeUndefined();
    const live = await app.database.query(`SELECT 1 FROM data_keys WHERE tenant_id = $1 AND wrapped IS NOT NULL`, [
      fresh.id,
    ]);
    expect(live).toEqual([]);
  });

  it('is on the record of the platform, and has a tombstone', async () => {
    await shred();
    const [entry] = await app.get(Audit).list(PLATFORM, { action: 'tenant.deleted', limit: 2 });
    expect(entry).toMatchObject({ subject: gone.slug, details: { id: gone.id } });
    expect(await app.get(Shredding).list()).toEqual([
      { tenantId: gone.id, slug: gone.slug, shreddedAt: app.clock.now() },
    ]);
  });

  it('stays as it was when what is done with it fails', async () => {
    const failing = app.database.transaction(async (tx) => {
      await app.get(Shredding).shred({ tenantId: gone.id, slug: gone.slug }, SYSTEM_ACTOR, tx);
      throw new Error('not recorded');
    });
    await expect(failing).rejects.toThrow('not recorded');
    expect([await reveal(gone.id), await app.get(Shredding).list()]).toEqual(['secret', []]);
  });
});

const rowsOf = async ({ id }: Tenant) => {
  const counts = ['clients', 'data_keys', 'vault_secrets'].map((table) =>
    app.database.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [id]),
  );
  return (await Promise.all(counts)).map(({ length }) => length);
};

describe('the rows of a deleted tenant', () => {
  it('are deleted, and no other; its slug is free with the last of them', async () => {
    await shred();
    await expect(app.get(Tenants).bySlug(gone.slug)).rejects.toMatchObject({ code: 'not_found' });
    const again = () => app.get(Tenants).create(newTenant({ slug: gone.slug }), () => Promise.resolve());
    await expect(again()).rejects.toMatchObject({ code: 'conflict' });
    const before = await rowsOf(kept);
    await app.get(TenantErasure).runDue();
    expect([await rowsOf(gone), await rowsOf(kept)]).toEqual([[0, 0, 0], before]);
    expect((await again()).tenant.slug).toBe(gone.slug);
    expect(await app.get(Shredding).list()).toHaveLength(1);
  });

  it('are deleted by several workers at once, however many they are', async () => {
    const { id } = gone;
    await app.database.query(
      `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
       SELECT $1, 'run', 'row-' || number, 'inputs', 1, 1, '\\x00' FROM generate_series(1, 3000) AS number`,
      [id],
    );
    await shred();
    await Promise.all([app, other].map((worker) => worker.get(TenantErasure).runDue()));
    await app.get(TenantErasure).runDue();
    expect(await rowsOf(gone)).toEqual([0, 0, 0]);
    expect(await app.database.query(`SELECT 1 FROM tenants WHERE id = $1`, [id])).toEqual([]);
  });
});

describe('a backup from before, restored', () => {
  const TABLES = ['tenants', 'data_keys', 'vault_secrets'];

  /** @returns what puts the rows back as they were, over whatever stands there, as a restore does */
  async function backUp(): Promise<() => Promise<void>> {
    for (const table of TABLES) await app.database.query(`CREATE TABLE backup_${table} AS SELECT * FROM ${table}`);
    return async () => {
      await app.database.query(`DELETE FROM tombstones`);
      await app.database.query(`DELETE FROM tenants WHERE id <> $1`, [PLATFORM]);
      for (const table of TABLES)
        await app.database.query(`INSERT INTO ${table} SELECT * FROM backup_${table} ON CONFLICT DO NOTHING`);
    };
  }

  it('brings the secrets back, and the list of tombstones buries them again, at once and for good', async () => {
    const restore = await backUp();
    await shred();
    await app.get(TenantErasure).runDue();
    const list = await app.get(Shredding).list();
    await restore();
    await using restored = await startAnother();
    // Without the list nothing can know.
    expect(await reveal(gone.id, restored)).toBe('secret');

    await bury(list, restored);
    expect([await reveal(gone.id, restored), await reveal(kept.id, restored)]).toEqual([undefined, 'secret']);
    await restored.get(TenantErasure).runDue();
    expect(await restored.database.query(`SELECT 1 FROM vault_secrets WHERE tenant_id = $1`, [gone.id])).toEqual([]);
    expect(await restored.get(Shredding).list()).toEqual(list);
  });

  it('opens nothing of the tenant after a start with the tombstones in the database', async () => {
    const restore = await backUp();
    await shred();
    const list = await app.get(Shredding).list();
    await restore();
    for (const { tenantId, slug, shreddedAt } of list)
      await app.database.query(`INSERT INTO tombstones VALUES ($1, $2, $3, $3)`, [tenantId, slug, shreddedAt]);
    await using restored = await startAnother();
    expect([await reveal(gone.id, restored), await reveal(kept.id, restored)]).toEqual([undefined, 'secret']);
    await expect(restored.get(Tenants).bySlug(gone.slug)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('may be buried again and again', async () => {
    await shred();
    const list = await app.get(Shredding).list();
    await bury(list, app);
    await bury(list, app);
    expect(await app.get(Shredding).list()).toEqual(list);
  });
});
