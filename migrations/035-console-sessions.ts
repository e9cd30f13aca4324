import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectRows, THIS_TENANT } from './row-security.js';

/** Sign-ins to the operator console. */
export class ConsoleSessions1795651214000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE console_sessions (
        tenant_id uuid NOT NULL,
        digest bytea NOT NULL,
        admin_key_id uuid,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT console_sessions_pkey PRIMARY KEY (tenant_id, digest),
        CONSTRAINT console_sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT console_sessions_tenant_id_admin_key_id_fkey FOREIGN KEY (tenant_id, admin_key_id)
          REFERENCES admin_keys (tenant_id, id) ON DELETE CASCADE
      )`);
    await protectRows(runner, 'console_sessions', `tenant_id = ${THIS_TENANT}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE console_sessions`);
  }
}
