import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { AlteredSecretError } from '#libs/vault';
import {
  ConnectionDirectory,
  type ConnectionDirectoryFilter,
  type ListedConnection,
} from './connection-directory.store.js';
import { Connections } from './connections.store.js';
import type { Credentials } from './credentials.js';
import type { BundleKey } from './bundle-key.js';

export interface ExportBundle {
  /** A JWE in compact serialisation. */
  bundle: string;
  count: number;
  /** Whether connections follow that did not fit; then the id of the last one in it. */
  lastId: string | null;
  /** Ids of those whose credentials were altered, and do not open. */
  unreadable: string[];
}

/** Gives connections away with their credentials: to the holder of one key, and never in the clear. */
@Injectable()
export class ConnectionExports {
  constructor(
    private readonly database: Database,
    private readonly directory: ConnectionDirectory,
    private readonly connections: Connections,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** On record before it leaves. Connections that nobody confirmed are left out: nobody said whose they are. */
  async export(
    tenantId: TenantId,
    filter: ConnectionDirectoryFilter,
    key: BundleKey,
    actor: Actor,
  ): Promise<ExportBundle> {
    const { limit } = filter;
    const listed = await this.directory.list(tenantId, { ...filter, limit: limit + 1 });
    const shown = listed.slice(0, limit);
    const entries = await Promise.all(
      shown.filter(({ status }) => status !== 'pending').map((connection) => this.#entry(connection)),
    );
    const exported = entries.filter((entry) => entry instanceof Secret);
    const unreadable = entries.filter((entry) => typeof entry === 'string');
    const contents = {
      version: 1,
      exported_at: this.clock.now(),
      connections: exported.map((entry) => entry.reveal()),
    };
    const bundle = await key.encrypt(new Secret(contents));
    const details = {
      count: exported.length,
      key: key.thumbprint,
      app: filter.app ?? null,
      org: filter.org ?? null,
      unreadable: unreadable.length,
    };
    await this.database
      .of(tenantId)
      .transaction((tx) => this.audit.record(tx, tenantId, { actor, action: 'connections.exported', details }));
    const lastId = listed.length > limit ? (shown.at(-1)?.id ?? null) : null;
    return { bundle, count: exported.length, lastId, unreadable };
  }

  /** @returns its id when its credentials do not open, null when they are gone. @throws KeyringError */
  async #entry(connection: ListedConnection): Promise<Secret<object> | string | null> {
    const held = await this.connections.credentials(connection.tenantId, connection.id).catch((error: unknown) => {
      if (error instanceof AlteredSecretError) return connection.id;
      throw error;
    });
    if (held === null || typeof held === 'string') return held;
    const { appKey, org, user, title, accountId, accountTitle, metadata, externalId, sharing, isDefault } = connection;
    return new Secret({
      app: appKey,
      org,
      user,
      title,
      account: { id: accountId, title: accountTitle },
      metadata,
      external_id: externalId ?? connection.id,
      sharing,
      is_default: isDefault,
      disabled: connection.status === 'disabled',
      credentials: toExported(held.value.reveal()),
    });
  }
}

/** As the import takes them. */
function toExported(value: Credentials): object {
  if (value.kind !== 'oauth2') return value;
  return {
    kind: value.kind,
    ...(value.accessToken !== '' && { access_token: value.accessToken }),
    ...(value.refreshToken !== null && { refresh_token: value.refreshToken }),
    scopes: value.scopes,
    ...(value.expiresAt !== null && { expires_at: value.expiresAt }),
    obtained_at: value.obtainedAt,
  };
}
