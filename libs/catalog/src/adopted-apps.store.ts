import { Injectable } from '@nestjs/common';
import { sha256 } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import type { AppSummary } from './app-definition.js';
import { TenantCatalog } from './tenant-catalog.js';

/** An app that no document describes: a tenant has it through an upstream. */
export interface AdoptedApp {
  id: string;
  /** Its actions are asked for there. */
  summary: AppSummary;
}

/** Apps of upstreams, written down when somebody is about to use them: from then on they may have connections and runs like any other. */
@Injectable()
export class AdoptedApps {
  constructor(
    private readonly database: Database,
    private readonly catalog: TenantCatalog,
    private readonly clock: Clock,
  ) {}

  /** What is known of it by now takes the place of what was. */
  async adopt(tenantId: TenantId, { id, summary }: AdoptedApp): Promise<void> {
    const definition = JSON.stringify(summary);
    const digest = sha256(definition);
    await this.database.query(
      `WITH app AS (
         INSERT INTO apps (tenant_id, id, key, title, source, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 'upstream', 1, $7, $7)
         ON CONFLICT (id) DO UPDATE SET key = $3, title = $4, updated_at = $7 RETURNING id)
       INSERT INTO app_versions (app_id, version, definition, actions, definition_digest, document_digest, created_at)
       SELECT id, 1, $5::jsonb, '[]', $6, $6, $7 FROM app
       ON CONFLICT (app_id, version) DO UPDATE SET definition = $5::jsonb, definition_digest = $6, document_digest = $6`,
      [tenantId, id, summary.key, summary.title, definition, digest, this.clock.now()],
    );
    this.catalog.forget(tenantId, { id, key: summary.key });
  }
}
