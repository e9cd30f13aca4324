import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Audit1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // No foreign key: what was done to a tenant is still to be known when the tenant is gone.
    await runner.query(`
      CREATE TABLE audit_entries (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        address text,
        action text NOT NULL,
        subject text,
        details jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query(`CREATE INDEX audit_entries_subject ON audit_entries (tenant_id, subject, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit_entries`);
  }
}
