import type { QueryRunner } from 'typeorm';

/** What a tenant's statements run as. */
export const OF_TENANT = 'gatehouse_service';
/** What the few statements run as that are meant for all tenants. */
export const OVER_TENANTS = 'gatehouse_over_tenants';

/** Whose the statement is. Null, which equals no tenant, where it names none. */
export const THIS_TENANT = `nullif(current_setting('gatehouse.tenant', true), '')::uuid`;

/**
 * Roles belong to the server, not to the database: those that another database's migration made, or somebody by hand, are used. So none is ever
 * dropped either.
 */
export async function createRoles(runner: QueryRunner): Promise<void> {
  for (const role of [OF_TENANT, OVER_TENANTS]) await runner.query(roleStatement(role));
}

/** For a table with rows of tenants: a tenant's statements see and write that tenant's, and none where none is named. */
export async function protectRows(runner: QueryRunner, table: string, isOwn: string): Promise<void> {
  await runner.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await runner.query(`CREATE POLICY own_rows ON ${table} TO ${OF_TENANT} USING (${isOwn})`);
  await runner.query(`CREATE POLICY all_rows ON ${table} TO ${OVER_TENANTS} USING (true)`);
}

export async function exposeRows(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`DROP POLICY own_rows ON ${table}`);
  await runner.query(`DROP POLICY all_rows ON ${table}`);
  await runner.query(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
}

function roleStatement(role: string): string {
  return `
    DO $do$
    DECLARE
      -- From 16 on, who makes a role is its member without being able to become it.
      needed text := CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END;
    BEGIN
      BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN; END IF;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration, at this moment
      END;
      IF NOT pg_has_role(current_user, '${role}', needed) THEN GRANT ${role} TO CURRENT_USER; END IF;
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE insufficient_privilege USING MESSAGE = format(
        'The role ${role} is missing or not granted to %1$I, which may not do that itself. As an administrator of the server run CREATE ROLE ${OF_TENANT} NOLOGIN; CREATE ROLE ${OVER_TENANTS} NOLOGIN; GRANT ${OF_TENANT}, ${OVER_TENANTS} TO %1$I; then migrate again.',
        current_user);
    END $do$`;
}
