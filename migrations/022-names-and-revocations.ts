import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a tenant calls its users; revocations that outlive the process that began them; attempts that nobody ended in time. */
export class NamesAndRevocations1795564806000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN display_name text`);
    await runner.query(`
      CREATE TABLE due_revocations (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        app_id uuid NOT NULL,
        actor text NOT NULL,
        address text,
        due_at timestamptz NOT NULL,
        CONSTRAINT due_revocations_pkey PRIMARY KEY (tenant_id, connection_id),
        CONSTRAINT due_revocations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT due_revocations_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id)
      )`);
    await runner.query(`CREATE INDEX due_revocations_due_at ON due_revocations (due_at)`);
    await runner.query(`
      ALTER TABLE connect_attempts
        DROP CONSTRAINT connect_attempts_state_check,
        ADD CONSTRAINT connect_attempts_state_check
          CHECK (state IN ('issued', 'opened', 'consenting', 'pending', 'connected', 'failed', 'abandoned'))`);
    await runner.query(`
      CREATE INDEX connect_attempts_under_way ON connect_attempts (expires_at) WHERE state IN ('opened', 'consenting', 'pending')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX connect_attempts_under_way`);
    await runner.query(`DELETE FROM connect_attempts WHERE state = 'abandoned'`);
    await runner.query(`
      ALTER TABLE connect_attempts
        DROP CONSTRAINT connect_attempts_state_check,
        ADD CONSTRAINT connect_attempts_state_check
          CHECK (state IN ('issued', 'opened', 'consenting', 'pending', 'connected', 'failed'))`);
    await runner.query(`DELETE FROM vault_secrets WHERE kind = 'connection' AND field = 'to_revoke'`);
    await runner.query(`DROP TABLE due_revocations`);
    await runner.query(`ALTER TABLE users DROP COLUMN display_name`);
  }
}
