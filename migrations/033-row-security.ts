import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createRoles, exposeRows, OF_TENANT, OVER_TENANTS, protectRows } from './row-security.js';

const SHARED_APP_TABLES = ['app_versions', 'app_operations'];

/**
 * The service's statements run as roles that own nothing, and row-level security holds them to their tenant. It is not forced upon the owner:
 * migrations and backups read every row, and so do the processes of the release before, which know of no roles yet.
 */
export class RowSecurity1795651212000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createRoles(runner);
    await runner.query(`GRANT USAGE ON SCHEMA public TO ${OF_TENANT}, ${OVER_TENANTS}`);
    await runner.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${OF_TENANT}, ${OVER_TENANTS}`,
    );
    await runner.query(
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${OF_TENANT}, ${OVER_TENANTS}`,
    );
    await runner.query(`REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${OF_TENANT}, ${OVER_TENANTS}`);
    for (const table of SHARED_APP_TABLES)
      await runner.query(`REVOKE INSERT, UPDATE, DELETE ON ${table} FROM ${OF_TENANT}`);
    for (const table of await tablesOfTenants(runner)) await protectRows(runner, table);
    await protectRows(runner, 'tenants', 'id');
    // Those that have a document are everybody's to read.
    await runner.query(`CREATE POLICY shared_rows ON apps FOR SELECT TO ${OF_TENANT} USING (tenant_id IS NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP POLICY shared_rows ON apps`);
    for (const table of ['tenants', ...(await tablesOfTenants(runner))]) await exposeRows(runner, table);
    await runner.query(
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${OF_TENANT}, ${OVER_TENANTS}`,
    );
    await runner.query(`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${OF_TENANT}, ${OVER_TENANTS}`);
    await runner.query(`REVOKE USAGE ON SCHEMA public FROM ${OF_TENANT}, ${OVER_TENANTS}`);
  }
}

async function tablesOfTenants(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(
    `SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY table_name`,
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}
