import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refreshes whose outcome is unknown are on record, with what was kept of them; circuits per tenant and app; workers say that they live. */
export class Refresh1795564802000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE connections
        ADD COLUMN attempt_at timestamptz,
        ADD COLUMN first_attempt_at timestamptz,
        ADD COLUMN attempt_version integer,
        ADD COLUMN attempts integer NOT NULL DEFAULT 0,
        ADD COLUMN failing_since timestamptz,
        ADD COLUMN keep_alive_seconds integer`);
    await runner.query(
      `CREATE INDEX connections_due_of_tenant ON connections (tenant_id, due_at) WHERE due_at IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX connections_leased ON connections (lease_owner) WHERE lease_owner IS NOT NULL`);
    await runner.query(`
      CREATE TABLE orphaned_answers (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        connection_id uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT orphaned_answers_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT orphaned_answers_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX orphaned_answers_of_connection ON orphaned_answers (tenant_id, connection_id)`);
    await runner.query(`CREATE INDEX orphaned_answers_expiring ON orphaned_answers (expires_at)`);
    await runner.query(`
      CREATE TABLE refresh_circuits (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        failing uuid[] NOT NULL,
        reason text NOT NULL,
        opened_at timestamptz,
        probe_at timestamptz,
        CONSTRAINT refresh_circuits_pkey PRIMARY KEY (tenant_id, app_id),
        CONSTRAINT refresh_circuits_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT refresh_circuits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE workers (
        id text NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT workers_pkey PRIMARY KEY (id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['workers', 'refresh_circuits', 'orphaned_answers']) await runner.query(`DROP TABLE ${table}`);
    for (const index of ['connections_leased', 'connections_due_of_tenant']) await runner.query(`DROP INDEX ${index}`);
    await runner.query(`
      ALTER TABLE connections DROP COLUMN attempt_at, DROP COLUMN first_attempt_at, DROP COLUMN attempt_version, DROP COLUMN attempts,
        DROP COLUMN failing_since, DROP COLUMN keep_alive_seconds`);
  }
}
