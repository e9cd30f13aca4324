import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A webhook that the operator switched off says so. */
export class DisabledByOperator1795651215000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(reasons(['owner', 'operator', 'gone', 'failing']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE webhooks SET disabled_reason = 'owner' WHERE disabled_reason = 'operator'`);
    await runner.query(reasons(['owner', 'gone', 'failing']));
  }
}

/** Few rows: ten a tenant. */
function reasons(allowed: readonly string[]): string {
  const list = allowed.map((reason) => `'${reason}'`).join(', ');
  return `
    ALTER TABLE webhooks
      DROP CONSTRAINT webhooks_disabled_check,
      ADD CONSTRAINT webhooks_disabled_check
        CHECK (disabled_reason IN (${list}) AND disabled_at IS NOT NULL OR disabled_reason IS NULL AND disabled_at IS NULL)`;
}
