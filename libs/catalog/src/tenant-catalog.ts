import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, isStorable, isUuid, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { BriefCache, Clock } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { AppDefinition, AppSummary } from './app-definition.js';
import { AppDefinitions } from './app-definitions.store.js';
import type { OutputField } from './output-fields.js';
import { Apps } from './apps.store.js';
import { TenantApp } from './tenant-app.entity.js';

/** An app as one tenant sees it in a list. */
export interface TenantAppSummary {
  id: string;
  /** Whose the app is: null for everybody's. */
  tenantId: TenantId | null;
  /** Of the document that the definition is read from. */
  version: number;
  definition: AppSummary;
  enabled: boolean;
  oauthClientId: string | null;
  /** What to ask the third party for. */
  scopes: readonly string[];
  serverUrl: string | null;
}

/** An app as one tenant sees it, with all that it can do. */
export interface TenantAppView extends TenantAppSummary {
  definition: AppDefinition;
}

export interface TenantAppChanges {
  enabled?: boolean;
  oauth?: { clientId: string; clientSecret: Secret<string> };
  scopes?: string[];
  serverUrl?: string;
}

interface Row {
  id: string;
  tenant_id: TenantId | null;
  version: number;
  definition: AppSummary;
  enabled: boolean | null;
  oauth_client_id: string | null;
  scopes: string[] | null;
  server_url: string | null;
}

/** A change by another process is felt after this long. */
const BELIEVED_SECONDS = 1;
const MAX_KEPT = 1_000;

/** The catalog through the eyes of a tenant. */
@Injectable()
export class TenantCatalog {
  readonly #found: BriefCache<TenantAppSummary | undefined>;

  constructor(
    private readonly database: Database,
    private readonly apps: Apps,
    private readonly definitions: AppDefinitions,
    private readonly vault: Vault,
    clock: Clock,
  ) {
    const load = (key: string) => this.#load(key);
    this.#found = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: MAX_KEPT, clock });
  }

  /** Everybody's apps, as this tenant has set them, offered or not. */
  async list(tenantId: TenantId): Promise<TenantAppSummary[]> {
    return this.#summaries(tenantId);
  }

  /** The current version. @param keyOrId the app's key, or its uuid. @returns null when this tenant offers no such app */
  async find(tenantId: TenantId, keyOrId: string): Promise<TenantAppView | null> {
    if (!isStorable(keyOrId)) return null;
    const summary = await this.#found.get(this.#place(tenantId, keyOrId));
    return summary && isOffered(summary) ? this.#view(summary, summary.version) : null;
  }

  /**
   * As `find`, offered or not: for letting go of what is held of an app. Whoever was broken into switches the app off first, and its third
   * party has to be told all the same.
   */
  async findHeld(tenantId: TenantId, appId: string): Promise<TenantAppView | null> {
    const summary = isStorable(appId) ? await this.#found.get(this.#place(tenantId, appId)) : undefined;
    return summary ? this.#view(summary, summary.version) : null;
  }

  /**
   * The app as that version of its document has it, with what the tenant has set for it now.
   * @returns null when this tenant offers no such app, or no run can need that version any more
   */
  async findVersion(tenantId: TenantId, appId: string, version: number): Promise<TenantAppView | null> {
    const [summary] = isStorable(appId) ? await this.#summaries(tenantId, appId) : [];
    return summary && isOffered(summary) ? this.#view(summary, version) : null;
  }

  /** What a result of an operation is made of, as the document has it. */
  outputs(app: TenantAppView, operationKey: string): Promise<readonly OutputField[]> {
    return this.definitions.outputs(app, operationKey);
  }

  /**
   * Sets it in one transaction with whatever `also` does for it.
   * @throws Problem not_found for an unknown app, invalid for an OAuth client of an app that has no OAuth
   */
  async configure(
    tenantId: TenantId,
    key: string,
    changes: TenantAppChanges,
    also: (tx: Transaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<TenantAppSummary> {
    const app = await this.apps.byKey(key);
    if (!app) throw problem('not_found', `There is no app "${key}". Post its OpenAPI document to /admin/apps first.`);
    const { security } = (await this.#configured(tenantId, app.id)).definition;
    if (changes.oauth && security.kind !== 'oauth2') {
      throw problem('invalid', `"${key}" does not use OAuth, so it takes no OAuth client. Leave oauth out.`, {
        source: { pointer: '/oauth' },
      });
    }
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.manager.upsert(
        TenantApp,
        {
          tenantId,
          appId: app.id,
          ...(changes.enabled !== undefined && { enabled: changes.enabled }),
          ...(changes.oauth && { oauthClientId: changes.oauth.clientId }),
          ...(changes.scopes && { scopes: changes.scopes }),
          ...(changes.serverUrl !== undefined && { serverUrl: changes.serverUrl }),
        },
        ['tenantId', 'appId'],
      );
      if (changes.oauth) await this.vault.put(tenantId, clientSecretOf(app.id), changes.oauth.clientSecret, tx);
      await also(tx);
    });
    this.forget(tenantId, app);
    return this.#configured(tenantId, app.id);
  }

  /** @throws Problem app_not_configured */
  async oauthClient(
    tenantId: TenantId,
    app: TenantAppView,
  ): Promise<{ clientId: string; clientSecret: Secret<string> }> {
    const secret = await this.vault.get<string>(tenantId, clientSecretOf(app.id));
    if (app.oauthClientId === null || !secret) {
      throw problem(
        'app_not_configured',
        `"${app.definition.key}" has no OAuth client. Set it with PUT /admin/tenants/…/apps/….`,
      );
    }
    return { clientId: app.oauthClientId, clientSecret: secret.value };
  }

  /** An id in any letter case is one id, and a key has no capitals. What this process registers makes other places. */
  #place(tenantId: TenantId, keyOrId: string): string {
    return JSON.stringify([tenantId, isUuid(keyOrId) ? keyOrId.toLowerCase() : keyOrId, this.apps.changes]);
  }

  async #load(place: string): Promise<TenantAppSummary | undefined> {
    const [tenantId, keyOrId] = JSON.parse(place) as [TenantId, string];
    const [summary] = await this.#summaries(tenantId, keyOrId);
    return summary;
  }

  async #view(summary: TenantAppSummary, version: number): Promise<TenantAppView | null> {
    const definition = await this.definitions.of({ ...summary, version });
    return definition && { ...summary, version, definition };
  }

  /** What is believed of an app until its next read. */
  forget(tenantId: TenantId, { id, key }: { id: string; key: string }): void {
    for (const name of [key, id]) this.#found.forget(this.#place(tenantId, name));
  }

  async #configured(tenantId: TenantId, appId: string): Promise<TenantAppSummary> {
    const [summary] = await this.#summaries(tenantId, appId);
    if (!summary) throw new Error('The app vanished while it was configured.');
    return summary;
  }

  async #summaries(tenantId: TenantId, keyOrId?: string): Promise<TenantAppSummary[]> {
    const rows = await this.database.of(tenantId).query<Row>(
      `SELECT app.id, app.tenant_id, app.version, current.definition, own.enabled, own.oauth_client_id, own.scopes, own.server_url
         FROM apps app
         JOIN app_versions current ON current.app_id = app.id AND current.version = app.version
         LEFT JOIN tenant_apps own ON own.app_id = app.id AND own.tenant_id = $1
        WHERE CASE WHEN $2::text IS NULL THEN app.tenant_id IS NULL
                   ELSE (app.tenant_id IS NULL OR app.tenant_id = $1) AND (app.key = $2 OR app.id::text = lower($2)) END
        ORDER BY app.title, app.key`,
      [tenantId, keyOrId ?? null],
    );
    return rows.map(toSummary);
  }
}

function toSummary(row: Row): TenantAppSummary {
  const { security } = row.definition;
  return {
    id: row.id,
    tenantId: row.tenant_id,
    version: row.version,
    definition: row.definition,
    enabled: row.enabled ?? true,
    oauthClientId: row.oauth_client_id,
    scopes: row.scopes ?? (security.kind === 'oauth2' ? security.requestedScopes : []),
    serverUrl: row.server_url,
  };
}

/** Not switched off, and connectable: an OAuth app needs the tenant's own client. */
export function isOffered({ enabled, definition, oauthClientId }: TenantAppSummary): boolean {
  return enabled && (definition.security.kind !== 'oauth2' || oauthClientId !== null);
}

function clientSecretOf(appId: string): SecretPlace {
  return { kind: 'tenant-app', rowId: appId, field: 'client_secret' };
}
