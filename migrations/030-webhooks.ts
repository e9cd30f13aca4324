import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Endpoints of tenants, and what each of them is to be told. */
export class Webhooks1795651209500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhooks (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        types text[],
        disabled_at timestamptz,
        disabled_reason text,
        failing_since timestamptz,
        paused_until timestamptz,
        event_sequence integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        CONSTRAINT webhooks_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT webhooks_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT webhooks_disabled_check
          CHECK (disabled_reason IN ('owner', 'gone', 'failing') AND disabled_at IS NOT NULL OR disabled_reason IS NULL AND disabled_at IS NULL)
      )`);
    await runner.query(`
      CREATE TABLE webhook_deliveries (
        tenant_id uuid NOT NULL,
        webhook_id uuid NOT NULL,
        id uuid NOT NULL,
        type text NOT NULL,
        subject uuid NOT NULL,
        sequence integer NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'pending',
        attempts integer NOT NULL DEFAULT 0,
        attempted_at timestamptz,
        response_status smallint,
        error text,
        due_at timestamptz,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (tenant_id, webhook_id, id),
        CONSTRAINT webhook_deliveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT webhook_deliveries_state_check
          CHECK (state = 'pending' AND due_at IS NOT NULL OR state IN ('delivered', 'failed') AND due_at IS NULL)
      )`);
    const whereDue = `WHERE due_at IS NOT NULL`;
    await runner.query(`CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) ${whereDue}`);
    await runner.query(
      `CREATE INDEX webhook_deliveries_in_turn ON webhook_deliveries (webhook_id, due_at) ${whereDue}`,
    );
    await runner.query(
      `CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (tenant_id, webhook_id, subject, sequence) ${whereDue}`,
    );
    await runner.query(
      `CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (lease_owner) WHERE lease_owner IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // First, which takes a while: dropping a table locks the tenants, to whom it refers.
    await runner.query(`DELETE FROM vault_secrets WHERE kind = 'webhook'`);
    await runner.query(`DROP TABLE webhook_deliveries`);
    await runner.query(`DROP TABLE webhooks`);
  }
}
