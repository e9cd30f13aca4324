import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RefreshLifetime1795651200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE clients
        ADD COLUMN refresh_lifetime_seconds integer,
        ADD CONSTRAINT clients_refresh_lifetime_seconds_check CHECK (refresh_lifetime_seconds BETWEEN 60 AND 315360000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE clients DROP COLUMN refresh_lifetime_seconds`);
  }
}
