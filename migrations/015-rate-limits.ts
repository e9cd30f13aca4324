import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RateLimits1795478402000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Unlogged: a crash of the server loses the counts of a minute, and nothing writes a log of each tick.
    await runner.query(`
      CREATE UNLOGGED TABLE rate_counters (
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        window_start timestamptz NOT NULL,
        count integer NOT NULL,
        CONSTRAINT rate_counters_pkey PRIMARY KEY (tenant_id, name, window_start)
      )`);
    await runner.query(`CREATE INDEX rate_counters_window_start ON rate_counters (window_start)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE rate_counters`);
  }
}
