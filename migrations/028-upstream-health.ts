import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UpstreamHealth1795651206000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE upstreams ADD COLUMN refusal text, ADD COLUMN sync_total integer, ADD COLUMN sync_failure text`,
    );
    await runner.query(`CREATE INDEX upstreams_due ON upstreams (due_at) WHERE due_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX upstreams_due`);
    await runner.query(`ALTER TABLE upstreams DROP COLUMN refusal, DROP COLUMN sync_total, DROP COLUMN sync_failure`);
  }
}
