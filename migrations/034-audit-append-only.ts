import type { MigrationInterface, QueryRunner } from 'typeorm';
import { OF_TENANT, OVER_TENANTS } from './row-security.js';

/** The record is written and read, and given its place in the chain; who holds the service's account can change and delete nothing of it. */
export class AuditAppendOnly1795651213000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`REVOKE UPDATE, DELETE ON audit_entries FROM ${OF_TENANT}, ${OVER_TENANTS}`);
    await runner.query(
      `GRANT UPDATE (sequence, previous_hash, hash) ON audit_entries TO ${OF_TENANT}, ${OVER_TENANTS}`,
    );
    await runner.query(`REVOKE DELETE ON audit_chains FROM ${OF_TENANT}, ${OVER_TENANTS}`);
    await runner.query(`REVOKE UPDATE, DELETE ON audit_checkpoints FROM ${OF_TENANT}, ${OVER_TENANTS}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `REVOKE UPDATE (sequence, previous_hash, hash) ON audit_entries FROM ${OF_TENANT}, ${OVER_TENANTS}`,
    );
    for (const table of ['audit_entries', 'audit_chains', 'audit_checkpoints'])
      await runner.query(`GRANT UPDATE, DELETE ON ${table} TO ${OF_TENANT}, ${OVER_TENANTS}`);
  }
}
