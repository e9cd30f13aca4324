import { type Client, type Pool, Query } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { User } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Database } from './database.js';
import { newId } from './new-id.js';
import { ScopedDatabase } from './scoped-database.js';
import type { TenantId } from './tenant-id.js';

const WHO = `SELECT current_user AS role, coalesce(current_setting('gatehouse.tenant', true), '') AS tenant`;
const NOBODY = { role: 'gatehouse_service', tenant: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

let testDatabase: TestDatabase;
let app: TestApp;
let database: Database;
let dataSource: DataSource;
let tenantId: TenantId;
let other: TenantId;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  app = await startTestApp({ databaseUrl: testDatabase.url, imports: [] });
  database = app.get(Database);
  dataSource = app.get(DataSource);
  tenantId = (await createTenant(app)).id;
  other = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await testDatabase?.drop();
});

/** How often the server was waited for. */
async function roundTrips(work: () => Promise<unknown>): Promise<number> {
  const { master } = dataSource.driver as unknown as { master: Pool };
  let trips = 0;
  const count = () => (trips += 1);
  const listen = (client: unknown) =>
    void (client as Client & { connection: NodeJS.EventEmitter }).connection.on('readyForQuery', count);
  const leave = (client: unknown) =>
    void (client as Client & { connection: NodeJS.EventEmitter }).connection.off('readyForQuery', count);
  const released = (_: Error, client: unknown) => leave(client);
  master.on('acquire', listen).on('release', released);
  await work();
  master.off('acquire', listen).off('release', released);
  return trips;
}

describe('a statement', () => {
  it('runs in the scope that it was given, and takes no round trip more for that', async () => {
    const trips = await roundTrips(async () => {
      expect(await database.of(tenantId).query(WHO)).toEqual([{ role: 'gatehouse_service', tenant: tenantId }]);
    });
    expect(trips).toBe(1);
    expect(await database.overTenants.query(WHO)).toEqual([{ role: 'gatehouse_over_tenants', tenant: '' }]);
    expect(await database.shared.query(WHO)).toEqual([NOBODY]);
  });

  it('leaves nothing of its scope on the connection, be it that it failed', async () => {
    await database.of(tenantId).query('SELECT 1');
    await expect(database.of(tenantId).query('SELECT 1 / 0')).rejects.toMatchObject({ driverError: { code: '22012' } });
    await expect(database.of('nobody').query('SELECT id FROM users')).rejects.toMatchObject({
      driverError: { code: '22P02' },
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => dataSource.query<unknown[]>(WHO)));
    expect(all.flat()).toEqual(Array.from({ length: 20 }, () => NOBODY));
  });

  it('that went past the stores sees no row of a tenant', async () => {
    expect(await dataSource.query('SELECT id FROM tenants')).toEqual([]);
    await dataSource.transaction(async (manager) => {
      expect(await manager.query('SELECT id FROM tenants')).toEqual([]);
    });
  });

  it('that went past the stores, in whatever form, has a scope or is refused', async () => {
    const { master } = dataSource.driver as unknown as { master: Pool };
    // The pool's own way asks with a callback.
    expect((await master.query(WHO)).rows).toEqual([NOBODY]);
    expect((await master.query(`${WHO} WHERE 1 = $1`, [1])).rows).toEqual([NOBODY]);
    await expect(master.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    const client = await master.connect();
    try {
      const forms: [unknown, unknown?][] = [
        [{ text: WHO }],
        [{ name: 'who', text: WHO }, []],
        [WHO, null],
        [new Query(WHO)],
      ];
      const query = client.query.bind(client) as (...form: unknown[]) => unknown;
      for (const form of forms) expect(() => query(...form)).toThrow('without its scope');
      expect((await client.query(WHO)).rows).toEqual([NOBODY]);
    } finally {
      client.release();
    }
  });

  it('gives rows, values and errors as any other', async () => {
    const scope = database.of(tenantId);
    expect(
      await scope.query('SELECT $1::int AS n, $2::jsonb AS j, $3::bytea AS b', [7, { a: 1 }, Buffer.from('x')]),
    ).toEqual([{ n: 7, j: { a: 1 }, b: Buffer.from('x') }]);
    expect(await scope.query('SELECT n FROM generate_series(1, 3) n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await scope.query(`UPDATE tenants SET name = 'Renamed' RETURNING id, name`)).toEqual([
      { id: tenantId, name: 'Renamed' },
    ]);
    expect(await scope.query('SELECT 1 AS one WHERE false')).toEqual([]);
    await expect(scope.query('SELECT nonsense')).rejects.toMatchObject({
      name: 'QueryFailedError',
      driverError: { code: '42703' },
    });
    expect(await scope.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('by the mapper is one statement too', async () => {
    const trips = await roundTrips(async () => {
      const rows = await database.of(tenantId).mapped((manager) => manager.query<unknown[]>('SELECT id FROM tenants'));
      expect(rows).toEqual([{ id: tenantId }]);
    });
    expect(trips).toBe(1);
  });
});

const user = (tenant: TenantId, subject: string) => ({ tenantId: tenant, id: newId(), org: 'o', subject });
const save = (scope: ScopedDatabase, ...users: object[]) => scope.mapped((manager) => manager.save(User, users));
const subjects = async () => {
  const rows = await database.of(tenantId).query<{ subject: string }>(`SELECT subject FROM users ORDER BY subject`);
  return rows.map(({ subject }) => subject);
};
const usable = async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => dataSource.query<unknown[]>(WHO)));
  expect(all.flat()).toEqual(Array.from({ length: 20 }, () => NOBODY));
};

describe('a write by the mapper', () => {
  it('of several rows is held to its tenant, and happens whole or not at all', async () => {
    await save(database.of(tenantId), user(tenantId, 'ada'), user(tenantId, 'grace'));
    const foreign = save(database.of(tenantId), user(tenantId, 'edsger'), user(other, 'donald'));
    await expect(foreign).rejects.toMatchObject({ driverError: { code: '42501' } });
    const double = save(database.of(tenantId), user(tenantId, 'barbara'), user(tenantId, 'ada'));
    await expect(double).rejects.toMatchObject({ driverError: { code: '23505' } });
    expect(await subjects()).toEqual(['ada', 'grace']);
    await usable();
  });

  it('whose scope fails writes nothing, and leaves a connection behind that others can use', async () => {
    const before = await subjects();
    const scope = { text: `SELECT set_config('role', 'no_such_role', true)`, values: [] };
    await expect(save(new ScopedDatabase(dataSource, scope), user(tenantId, 'nobody'))).rejects.toMatchObject({
      driverError: { code: '22023' },
    });
    expect(await subjects()).toEqual(before);
    await usable();
  });
});

describe('a transaction', () => {
  it('has its scope from beginning to end, and takes no round trip more for that', async () => {
    const trips = await roundTrips(() =>
      database.of(tenantId).transaction(async (tx) => {
        expect(await tx.query('SELECT id FROM tenants')).toEqual([{ id: tenantId }]);
        expect(await tx.query(WHO)).toEqual([{ role: 'gatehouse_service', tenant: tenantId }]);
      }),
    );
    expect(trips).toBe(4);
    expect(await dataSource.query(WHO)).toEqual([NOBODY]);
  });

  it('is undone whole when it fails, and when its condition does not hold', async () => {
    const rename = `UPDATE tenants SET name = 'Undone'`;
    const failing = database.of(other).transaction(async (tx) => {
      await tx.query(rename);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await database.of(other).commitIf(async (tx) => (await tx.query(rename), false))).toBe(false);
    const [row] = await database.of(other).query<{ name: string }>('SELECT name FROM tenants');
    expect(row?.name).not.toBe('Undone');
    expect(await dataSource.query(WHO)).toEqual([NOBODY]);
  });

  it('that can not even begin leaves a connection behind that others can use', async () => {
    const scope = { text: `SELECT set_config('role', 'no_such_role', true)`, values: [] };
    const beginning = new ScopedDatabase(dataSource, scope).transaction((tx) => tx.query('SELECT 1'));
    await expect(beginning).rejects.toMatchObject({ code: '22023' });
    const all = await Promise.all(Array.from({ length: 20 }, () => dataSource.query<unknown[]>(WHO)));
    expect(all.flat()).toEqual(Array.from({ length: 20 }, () => NOBODY));
  });

  it('shares its connections with statements of other tenants, and no row with them', async () => {
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, turn) => {
        const mine = turn % 2 === 0 ? tenantId : other;
        const ids = (rows: { id: string }[]) => rows.map(({ id }) => id === mine);
        if (turn % 3 === 0) return ids(await database.of(mine).query('SELECT id FROM tenants'));
        return database.of(mine).transaction(async (tx) => ids(await tx.query('SELECT id FROM tenants')));
      }),
    );
    expect(seen).toEqual(Array.from({ length: 200 }, () => [true]));
  });
});
