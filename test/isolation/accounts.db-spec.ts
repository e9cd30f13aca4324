import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#libs/database';
import {
  createBareDatabase,
  createTenant,
  createTestDatabase,
  queryOnce,
  startTestApp,
  type TestDatabase,
} from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { runMigrations } from '../../migrations/data-source.js';

const account = `app_${randomBytes(6).toString('hex')}`;
let migrated: TestDatabase;
let bare: TestDatabase;

beforeAll(async () => {
  [migrated, bare] = await Promise.all([createTestDatabase(), createBareDatabase()]);
  await queryOnce(bare.url, `CREATE ROLE ${account} LOGIN PASSWORD '${account}'`);
});
afterAll(async () => {
  await migrated?.drop();
  await bare?.drop();
  await queryOnce(new URL('/gatehouse', migrated.url).href, `DROP ROLE IF EXISTS ${account}`);
});

function as(url: string): string {
  const own = new URL(url);
  own.username = own.password = account;
  return own.href;
}

describe('an account that owns nothing', () => {
  it('can not migrate without the roles, and is told what an administrator is to do', async () => {
    await queryOnce(bare.url, `GRANT CREATE ON SCHEMA public TO ${account}`);
    await expect(runMigrations(as(bare.url))).rejects.toThrow(
      `GRANT gatehouse_service, gatehouse_over_tenants TO ${account}; then migrate again.`,
    );
    await queryOnce(bare.url, `DROP OWNED BY ${account}`).catch(() => undefined);
  });

  it('serves, with the two roles alone', async () => {
    await queryOnce(migrated.url, `GRANT gatehouse_service, gatehouse_over_tenants TO ${account}`);
    expect(await runMigrations(as(migrated.url))).toEqual([]);
    await using app = await startTestApp({ databaseUrl: as(migrated.url), imports: [] });
    const { id } = await createTenant(app);
    expect(await app.get(Tenants).byId(id)).toMatchObject({ id });
    expect(await app.get(Database).of(id).query('SELECT id FROM tenants')).toEqual([{ id }]);
    expect(await app.get(DataSource).query('SELECT id FROM tenants')).toEqual([]);
  });

  it('can not switch row-level security off', async () => {
    for (const sql of ['ALTER TABLE users DISABLE ROW LEVEL SECURITY', 'DROP POLICY own_rows ON users'])
      await expect(queryOnce(as(migrated.url), sql)).rejects.toMatchObject({ code: '42501' });
  });
});
