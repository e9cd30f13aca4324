import { Injectable } from '@nestjs/common';
import { sha256, type Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { AppSummary } from './app-definition.js';
import { TenantCatalog } from './tenant-catalog.js';

/** An app that no document describes: a tenant has it through an upstream. */
export interface AdoptedApp {
  id: string;
  /** Its actions are asked for there. */
  summary: AppSummary;
}

interface AdoptedClient {
  clientId: string;
  clientSecret: Secret<string>;
}

/** Apps of upstreams, written down when somebody is about to use them: from then on they may have connections and runs like any other. */
@Injectable()
export class AdoptedApps {
  constructor(
    private readonly database: Database,
    private readonly catalog: TenantCatalog,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** What is known of it by now is a version of its own, where it is something else than what was. */
  async adopt(tenantId: TenantId, { id, summary }: AdoptedApp): Promise<void> {
    const definition = JSON.stringify(summary);
    const digest = sha256(definition);
    const now = this.clock.now();
    await this.database.of(tenantId).transaction(async (tx) => {
      // Under the row's lock from here on: of two at once, the second finds what the first wrote.
      const [app] = await tx.query<{ version: number }>(
        `INSERT INTO apps (tenant_id, id, key, title, source, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'upstream', 0, $5, $5)
         ON CONFLICT (id) DO UPDATE SET key = $3, title = $4 WHERE apps.tenant_id = $1 RETURNING version`,
        [tenantId, id, summary.key, summary.title, now],
      );
      if (!app) throw problem('not_found', 'There is no such app.');
      const { version } = app;
      const superseded = await tx.query(
        `UPDATE app_versions SET superseded_at = $4 WHERE app_id = $1 AND version = $2 AND definition_digest <> $3 RETURNING version`,
        [id, version, digest, now],
      );
      if (version > 0 && superseded.length === 0) return;
      await tx.query(
        `INSERT INTO app_versions (app_id, version, definition, actions, definition_digest, document_digest, created_at)
         VALUES ($1, $2, $3::jsonb, '[]', $4, $4, $5)`,
        [id, version + 1, definition, digest, now],
      );
      await tx.query(`UPDATE apps SET version = $2, updated_at = $3 WHERE id = $1`, [id, version + 1, now]);
    });
    this.catalog.forget(tenantId, { id, key: summary.key });
  }

  /** Those that the tenant has through one upstream. */
  ofUpstream(tenantId: TenantId, upstreamId: string): Promise<{ id: string; key: string }[]> {
    return this.database.of(tenantId).query(
      `SELECT app.id, app.key FROM apps app JOIN app_versions current ON current.app_id = app.id AND current.version = app.version
        WHERE app.tenant_id = $1 AND current.definition->'security'->>'upstreamId' = $2`,
      [tenantId, upstreamId],
    );
  }

  /** They are offered no more, and their keys are free; what was done with them stays. */
  async retire(tx: Transaction, tenantId: TenantId, apps: readonly { id: string; key: string }[]): Promise<void> {
    const ids = apps.map(({ id }) => id);
    await tx.query(`UPDATE apps SET key = key || ':' || id::text WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [
      tenantId,
      ids,
    ]);
    await tx.query(
      `INSERT INTO tenant_apps (tenant_id, app_id, enabled)
       SELECT $1, id, false FROM apps WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
       ON CONFLICT (tenant_id, app_id) DO UPDATE SET enabled = false, oauth_client_id = NULL`,
      [tenantId, ids],
    );
    for (const app of apps) this.catalog.forget(tenantId, app);
  }

  /** The tenant's client at an adopted app that is connected by OAuth; null where it is not offered any more. */
  async setOauthClient(tenantId: TenantId, id: string, client: AdoptedClient | null): Promise<void> {
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.query(
        `INSERT INTO tenant_apps (tenant_id, app_id, enabled, oauth_client_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, app_id) DO UPDATE SET enabled = $3, oauth_client_id = $4`,
        [tenantId, id, client !== null, client?.clientId ?? null],
      );
      const place = { kind: 'tenant-app', rowId: id, field: 'client_secret' } as const;
      if (client) await this.vault.put(tenantId, place, client.clientSecret, tx);
      else await this.vault.forget(tenantId, place, tx);
    });
  }
}
