import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, isStorable, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Vault, type SecretPlace } from '#libs/vault';
import type { AppDefinition } from './app-definition.js';
import { Apps } from './apps.store.js';
import { TenantApp } from './tenant-app.entity.js';

/** An app as one tenant sees it. */
export interface TenantAppView {
  id: string;
  definition: AppDefinition;
  enabled: boolean;
  oauthClientId: string | null;
  /** What to ask the third party for. */
  scopes: readonly string[];
  serverUrl: string | null;
}

export interface TenantAppChanges {
  enabled?: boolean;
  oauth?: { clientId: string; clientSecret: Secret<string> };
  scopes?: string[];
  serverUrl?: string;
}

interface Row {
  id: string;
  definition: AppDefinition;
  enabled: boolean | null;
  oauth_client_id: string | null;
  scopes: string[] | null;
  server_url: string | null;
}

/** The catalog through the eyes of a tenant. */
@Injectable()
export class TenantCatalog {
  constructor(
    private readonly database: Database,
    private readonly apps: Apps,
    private readonly vault: Vault,
  ) {}

  /** Apps that this tenant offers: not switched off, and connectable, since an OAuth app needs the tenant's own client. */
  async list(tenantId: TenantId): Promise<TenantAppView[]> {
    return (await this.#views(tenantId)).filter(isOffered);
  }

  /** @param keyOrId the app's key, or its uuid. @returns null when this tenant offers no such app */
  async find(tenantId: TenantId, keyOrId: string): Promise<TenantAppView | null> {
    const [view] = isStorable(keyOrId) ? await this.#views(tenantId, keyOrId) : [];
    return view && isOffered(view) ? view : null;
  }

  /** @throws Problem not_found for an unknown app, invalid for an OAuth client of an app that has no OAuth */
  async configure(tenantId: TenantId, key: string, changes: TenantAppChanges): Promise<TenantAppView> {
    const app = await this.apps.byKey(key);
    if (!app) throw problem('not_found', `There is no app "${key}". Post its OpenAPI document to /admin/apps first.`);
    if (changes.oauth && app.definition.security.kind !== 'oauth2') {
      throw problem('invalid', `"${key}" does not use OAuth, so it takes no OAuth client.`, {
        source: { pointer: '/oauth' },
      });
    }
    await this.database.transaction(async (tx) => {
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
    });
    const [view] = await this.#views(tenantId, app.id);
    if (!view) throw new Error('The app vanished while it was configured.');
    return view;
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

  async #views(tenantId: TenantId, keyOrId?: string): Promise<TenantAppView[]> {
    const rows = await this.database.query<Row>(
      `SELECT app.id, app.definition, own.enabled, own.oauth_client_id, own.scopes, own.server_url
         FROM apps app LEFT JOIN tenant_apps own ON own.app_id = app.id AND own.tenant_id = $1
        WHERE $2::text IS NULL OR app.key = $2 OR app.id::text = lower($2)
        ORDER BY app.title, app.key`,
      [tenantId, keyOrId ?? null],
    );
    return rows.map(toView);
  }
}

function toView(row: Row): TenantAppView {
  const { security } = row.definition;
  return {
    id: row.id,
    definition: row.definition,
    enabled: row.enabled ?? true,
    oauthClientId: row.oauth_client_id,
    scopes: row.scopes ?? (security.kind === 'oauth2' ? security.requestedScopes : []),
    serverUrl: row.server_url,
  };
}

function isOffered({ enabled, definition, oauthClientId }: TenantAppView): boolean {
  return enabled && (definition.security.kind !== 'oauth2' || oauthClientId !== null);
}

function clientSecretOf(appId: string): SecretPlace {
  return { kind: 'tenant-app', rowId: appId, field: 'client_secret' };
}
