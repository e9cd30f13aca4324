import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A session code knows the client that it was issued to, and so ends with it. */
export class ClientSettings1795478403000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Null for attempts from before, which are over within the hour: they end with their user and tenant only.
    await runner.query(`ALTER TABLE connect_attempts ADD COLUMN client_id text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE connect_attempts DROP COLUMN client_id`);
  }
}
