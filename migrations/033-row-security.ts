import type { MigrationInterface, QueryRunner } from 'typeorm';
import { exists } from './online.js';
import { createRoles, exposeRows, OF_TENANT, OVER_TENANTS, protectRows, THIS_TENANT } from './row-security.js';

/** Parts of an app: whose they are, the app says. */
const APP_PARTS = ['app_versions', 'app_operations'];
const PART_OF_OWN = `EXISTS (SELECT FROM apps WHERE apps.id = app_id AND apps.tenant_id = ${THIS_TENANT})`;

/**
 * The service's statements run as roles that own nothing, and row-level security holds them to their tenant. It is not forced upon the owner:
 * migrations and backups read every row, and so do the processes of the release before, which know of no roles yet.
 */
export class RowSecurity1795651212000 implements MigrationInterface {
  /** One for each table: together they would be locked from the first to the last, for as long as any of them keeps it waiting. It takes up where a run before it ended. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.manager.transaction(() => grantAll(runner));
    for (const table of await tablesOfTenants(runner))
      await once(runner, table, async () => {
        await protectRows(runner, table, `tenant_id = ${THIS_TENANT}`);
        // Those that have a document are everybody's to read.
        if (table === 'apps')
          await runner.query(`CREATE POLICY shared_rows ON apps FOR SELECT TO ${OF_TENANT} USING (tenant_id IS NULL)`);
      });
    await once(runner, 'tenants', () => protectRows(runner, 'tenants', `id = ${THIS_TENANT}`));
    for (const table of APP_PARTS)
      await once(runner, table, async () => {
        await protectRows(runner, table, PART_OF_OWN);
        // Read by who has found the app, and held in memory by the app's id alone.
        await runner.query(`CREATE POLICY shared_rows ON ${table} FOR SELECT TO ${OF_TENANT} USING (true)`);
      });
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['tenants', ...APP_PARTS, ...(await tablesOfTenants(runner))])
      if (await isProtected(runner, table))
        await runner.manager.transaction(async () => {
          await runner.query(`DROP POLICY IF EXISTS shared_rows ON ${table}`);
          await exposeRows(runner, table);
        });
    await runner.manager.transaction(() => revokeAll(runner));
  }
}

async function grantAll(runner: QueryRunner): Promise<void> {
  await createRoles(runner);
  await runner.query(`GRANT USAGE ON SCHEMA public TO ${OF_TENANT}, ${OVER_TENANTS}`);
  await runner.query(
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${OF_TENANT}, ${OVER_TENANTS}`,
  );
  await runner.query(
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${OF_TENANT}, ${OVER_TENANTS}`,
  );
  await runner.query(`REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${OF_TENANT}, ${OVER_TENANTS}`);
}

async function revokeAll(runner: QueryRunner): Promise<void> {
  await runner.query(
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${OF_TENANT}, ${OVER_TENANTS}`,
  );
  await runner.query(`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${OF_TENANT}, ${OVER_TENANTS}`);
  await runner.query(`REVOKE USAGE ON SCHEMA public FROM ${OF_TENANT}, ${OVER_TENANTS}`);
}

async function once(runner: QueryRunner, table: string, protect: () => Promise<void>): Promise<void> {
  if (!(await isProtected(runner, table))) await runner.manager.transaction(protect);
}

/** All of a table's policies, or none: so one that is protected was done with. */
function isProtected(runner: QueryRunner, table: string): Promise<boolean> {
  return exists(runner, `pg_class WHERE oid = $1::regclass AND relrowsecurity`, table);
}

async function tablesOfTenants(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(
    `SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY table_name`,
  )) as { name: string }[];
  return rows.map(({ name }) => name);
}
