import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database, newId, type Queryable } from '#libs/database';
import { createTestDatabase, dumpRows, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { type AnyRow, fillTables } from './any-row.js';

/** Those without rows of tenants. */
const SHARED_TABLES = ['migrations', 'upstream_budgets', 'workers'];
/** What the service may not do in them at all, whoever's rows they are. */
const APPEND_ONLY = new Map([
  ['audit_entries', ['UPDATE', 'DELETE']],
  ['audit_chains', ['DELETE']],
  ['audit_checkpoints', ['UPDATE', 'DELETE']],
]);
const NOT_PERMITTED = { driverError: { code: '42501' } };

const [ours, theirs] = [newId(), newId()];
const rows = new Map<string, AnyRow>();
let testDatabase: TestDatabase;
let app: TestApp;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  app = await startTestApp({ databaseUrl: testDatabase.url, imports: [] });
  database = app.get(Database);
  for (const row of await fillTables(app.database, theirs)) rows.set(row.table, row);
});
afterAll(async () => {
  await app?.close();
  await testDatabase?.drop();
});

async function forgetTenant(scope: Queryable, { table, owner, columns, values }: AnyRow): Promise<string[]> {
  const statements: [string, string, unknown[]][] = [
    ['SELECT', `SELECT ${owner} FROM ${table} WHERE ${owner} IS NOT NULL`, []],
    ['UPDATE', `UPDATE ${table} SET ${owner} = ${owner} WHERE ${owner} IS NOT NULL RETURNING ${owner}`, []],
    ['DELETE', `DELETE FROM ${table} WHERE ${owner} IS NOT NULL RETURNING ${owner}`, []],
    [
      'INSERT',
      `INSERT INTO ${table} (${columns}) VALUES (${values.map((_, n) => `$${n + 1}`).join(', ')}) RETURNING ${owner}`,
      [...values],
    ],
  ];
  const got: string[] = [];
  for (const [verb, sql, parameters] of statements) {
    const outcome = await scope.query(sql, parameters).then(
      (found) => `${found.length} rows`,
      (error: { driverError: { code: string; message: string } }) =>
        error.driverError.code === '42501'
          ? error.driverError.message.replace(/"?\b(table )?"?[a-z_]+"?$/, '').trim()
          : error.driverError.message,
    );
    got.push(`${verb}: ${outcome}`);
  }
  return got;
}

function expected(table: string): string[] {
  const refused = APPEND_ONLY.get(table) ?? [];
  const none = (verb: string) => `${verb}: ${refused.includes(verb) ? 'permission denied for' : '0 rows'}`;
  return [none('SELECT'), none('UPDATE'), none('DELETE'), 'INSERT: new row violates row-level security policy for'];
}

describe('a statement that forgot its tenant', () => {
  it.each([
    ['of another tenant', () => database.of(ours)],
    ['that named none', () => database.shared],
  ])('%s finds, changes and deletes no row, and adds none, in any table', async (_, scope) => {
    const before = await dumpRows(app.database);
    const got: Record<string, string[]> = {};
    const right: Record<string, string[]> = {};
    for (const [table, row] of rows) {
      got[table] = await forgetTenant(scope(), row);
      right[table] = expected(table);
    }
    expect(Object.keys(got).length).toBeGreaterThan(40);
    expect(got).toEqual(right);
    expect(await dumpRows(app.database)).toBe(before);
  });

  it('finds the rows of its own tenant, and those meant for all find them too', async () => {
    const found = async (scope: Queryable) => {
      const counts: Record<string, number> = {};
      for (const { table, owner } of rows.values())
        counts[table] = (await scope.query(`SELECT 1 FROM ${table} WHERE ${owner} = $1`, [theirs])).length;
      return counts;
    };
    const one = Object.fromEntries([...rows.keys()].map((table) => [table, 1]));
    expect(await found(database.of(theirs))).toEqual(one);
    expect(await found(database.overTenants)).toEqual(one);
  });

  it('can not move a row to another tenant', async () => {
    const moving = database.of(theirs).query(`UPDATE users SET tenant_id = $1`, [ours]);
    await expect(moving).rejects.toMatchObject(NOT_PERMITTED);
  });
});

describe('the apps that all tenants share', () => {
  const shared = newId();
  beforeAll(async () => {
    const now = new Date();
    await app.database.query(`INSERT INTO app_versions VALUES ($1, 1, '{}', '[]', '', '', $2)`, [shared, now]);
    await app.database.query(
      `INSERT INTO apps (id, key, title, source, version, created_at, updated_at) VALUES ($1, 'shared', 'Shared', 'file', 1, $2, $2)`,
      [shared, now],
    );
  });

  it('are read by each, and changed by none', async () => {
    const mine = database.of(ours);
    expect(await mine.query(`SELECT id FROM apps`)).toEqual([{ id: shared }]);
    expect(await mine.query(`UPDATE apps SET title = 'Mine' RETURNING id`)).toEqual([]);
    expect(await mine.query(`DELETE FROM apps RETURNING id`)).toEqual([]);
    expect(await mine.query(`UPDATE apps SET tenant_id = $1 RETURNING id`, [ours])).toEqual([]);
    expect(await mine.query(`SELECT app_id FROM app_versions`)).toEqual([{ app_id: shared }]);
    expect(await mine.query(`UPDATE app_versions SET definition = '{}' RETURNING version`)).toEqual([]);
    expect(await mine.query(`DELETE FROM app_versions RETURNING version`)).toEqual([]);
    const adding = mine.query(`INSERT INTO app_versions VALUES ($1, 2, '{}', '[]', '', '', $2)`, [shared, new Date()]);
    await expect(adding).rejects.toMatchObject(NOT_PERMITTED);
    expect(await database.overTenants.query(`SELECT title FROM apps WHERE id = $1`, [shared])).toEqual([
      { title: 'Shared' },
    ]);
  });
});

describe('the definition of an app of one tenant', () => {
  const id = newId();
  const reads = ['app_versions', 'app_operations'].map((table) => `SELECT app_id FROM ${table} WHERE app_id = '${id}'`);
  const found = async (scope: Queryable) => {
    const counts: number[] = [];
    for (const sql of reads) counts.push((await scope.query(sql)).length);
    return counts;
  };

  beforeAll(async () => {
    const now = new Date();
    await app.database.query(`INSERT INTO app_versions VALUES ($1, 1, '{}', '[]', '', '', $2)`, [id, now]);
    await app.database.query(`INSERT INTO app_operations VALUES ($1, 1, 'op', '{}', '[]')`, [id]);
    await app.database.query(
      `INSERT INTO apps (tenant_id, id, key, title, source, version, created_at, updated_at)
       VALUES ($1, $2, 'own', 'Own', 'upstream', 1, $3, $3)`,
      [theirs, id, now],
    );
  });

  it('is read by that tenant and by what is meant for all, and by no statement that forgot whose it is', async () => {
    expect(await found(database.of(ours))).toEqual([0, 0]);
    expect(await found(database.shared)).toEqual([0, 0]);
    expect(await found(database.of(theirs))).toEqual([1, 1]);
    expect(await found(database.overTenants)).toEqual([1, 1]);
  });

  it('is written by that tenant alone', async () => {
    const change = `UPDATE app_operations SET definition = '{}' WHERE app_id = $1 RETURNING key`;
    const add = `INSERT INTO app_operations VALUES ($1, 1, $2, '{}', '[]') RETURNING key`;
    const remove = `DELETE FROM app_operations WHERE app_id = $1 AND key = $2 RETURNING key`;
    for (const scope of [database.of(ours), database.shared]) {
      expect(await scope.query(change, [id])).toEqual([]);
      expect(await scope.query(remove, [id, 'op'])).toEqual([]);
      await expect(scope.query(add, [id, 'theirs'])).rejects.toMatchObject(NOT_PERMITTED);
    }
    const own = database.of(theirs);
    expect(await own.query(add, [id, 'more'])).toEqual([{ key: 'more' }]);
    expect(await own.query(change, [id])).toHaveLength(2);
    expect(await own.query(remove, [id, 'more'])).toEqual([{ key: 'more' }]);
  });

  it('is still found by a process of the release before, which names no tenant to read it', async () => {
    const seen = await app.database.transaction(async (tx) => {
      await tx.query(`SELECT set_config('role', 'gatehouse_service', true)`);
      return found(tx);
    });
    expect(seen).toEqual([1, 1]);
  });
});

describe('the roles of the service', () => {
  it('own nothing, pass no row-level security, and can not log in', async () => {
    const roles = await app.database.query(
      `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb AS "mayMore",
              EXISTS (SELECT FROM pg_class WHERE relowner = role.oid) AS "owns"
         FROM pg_roles role WHERE rolname LIKE 'gatehouse\\_%' ORDER BY 1`,
    );
    const none = { mayMore: false, owns: false };
    expect(roles).toEqual([
      { name: 'gatehouse_over_tenants', ...none },
      { name: 'gatehouse_service', ...none },
    ]);
  });

  it('meet row-level security in every table but those that belong to no tenant', async () => {
    const open = await app.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity ORDER BY 1`,
    );
    expect(open.map(({ name }) => name)).toEqual(SHARED_TABLES);
  });

  it.each(['of', 'overTenants'] as const)('change and delete nothing of the record (%s)', async (whose) => {
    const scope = whose === 'of' ? database.of(theirs) : database.overTenants;
    const attempts = [
      `UPDATE audit_entries SET actor = 'nobody'`,
      `UPDATE audit_entries SET tenant_id = tenant_id`,
      `DELETE FROM audit_entries`,
      `TRUNCATE audit_entries`,
      `UPDATE audit_checkpoints SET statement = ''`,
      `DELETE FROM audit_checkpoints`,
      `DELETE FROM audit_chains`,
    ];
    for (const sql of attempts) await expect(scope.query(sql), sql).rejects.toMatchObject(NOT_PERMITTED);
    expect(
      await scope.query(`UPDATE audit_entries SET sequence = 1, previous_hash = '', hash = '' RETURNING 1`),
    ).toHaveLength(1);
  });
});
