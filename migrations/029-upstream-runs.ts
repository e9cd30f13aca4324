import type { MigrationInterface, QueryRunner } from 'typeorm';

export class UpstreamRuns1795651209000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE runs ADD COLUMN source text NOT NULL DEFAULT 'local'`);
    await runner.query(`ALTER TABLE upstreams ADD COLUMN honours_keys boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE upstreams DROP COLUMN honours_keys`);
    await runner.query(`ALTER TABLE runs DROP COLUMN source`);
  }
}
