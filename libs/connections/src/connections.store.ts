import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, Wakeups, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { Account } from './account.js';
import { columns } from './connection-columns.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { refreshDueAt } from './refresh-due.js';

export interface NewConnection {
  userId: string;
  appId: string;
  title: string;
  status: 'pending' | 'connected';
  account: Account;
  credentials: Secret<Credentials>;
}

/** A connection under lease, as `claimDue` answers it. */
export interface ConnectionClaim {
  tenantId: TenantId;
  id: string;
  version: number;
  leaseEnd: Date;
}

/** The registry of connections. */
@Injectable()
export class Connections {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /** Makes a connection, or gives an existing one of the same user and app new credentials and its old id. */
  async establish(
    tenantId: TenantId,
    values: NewConnection,
    reconnectId: string | null,
    tx?: Queryable,
  ): Promise<string> {
    if (!tx) return this.database.transaction((own) => this.establish(tenantId, values, reconnectId, own));
    const id = reconnectId ?? newId();
    const { userId, appId, title, status, account } = values;
    const now = this.clock.now();
    const { accessEndsAt, obtainedAt, scopes } = tokenFacts(values.credentials, now);
    const dueAt = status === 'connected' ? dueFor(values.credentials.reveal()) : null;
    const parameters = [tenantId, id, userId, appId, title, status, now, account.id, account.title, scopes];
    const rows = await tx.query(
      `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, account_id, account_title, scopes,
                                expires_at, last_refreshed_at, due_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $7)
       ON CONFLICT (tenant_id, id) DO UPDATE SET
         title = excluded.title, status = excluded.status, status_reason = NULL, status_since = excluded.status_since,
         account_id = excluded.account_id, account_title = excluded.account_title, scopes = excluded.scopes,
         expires_at = excluded.expires_at, last_refreshed_at = excluded.last_refreshed_at, due_at = excluded.due_at,
         refresh_failures = 0, lease_until = NULL, lease_owner = NULL, version = connections.version + 1
       WHERE connections.user_id = excluded.user_id AND connections.app_id = excluded.app_id
       RETURNING id`,
      [...parameters, accessEndsAt, obtainedAt, dueAt],
    );
    if (rows.length === 0) throw new Error("The connection to renew is another user's or another app's.");
    await this.vault.put(tenantId, credentialsOf(id), values.credentials, tx);
    return id;
  }

  /** pending → connected, and on the refresh schedule from here on. */
  async confirm(tenantId: TenantId, id: string, tx: Queryable): Promise<void> {
    const held = await this.credentials(tenantId, id, tx);
    await tx.query(
      `UPDATE connections SET status = 'connected', status_since = $3, due_at = $4, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND status = 'pending'`,
      [tenantId, id, this.clock.now(), held && dueFor(held.value.reveal())],
    );
  }

  async list(
    tenantId: TenantId,
    userId: string,
    { appId, limit, offset }: { appId: string; limit: number; offset: number },
  ): Promise<{ connections: Connection[]; count: number }> {
    const connections = await this.database.query<Connection>(
      `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3
        ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`,
      [tenantId, userId, appId, limit, offset],
    );
    const [total] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM connections WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3`,
      [tenantId, userId, appId],
    );
    return { connections, count: total?.count ?? 0 };
  }

  /** @param id any text: one that is not a uuid is nobody's */
  async find(tenantId: TenantId, userId: string, id: string): Promise<Connection | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database.query<Connection>(
      `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND user_id = $2 AND id = $3`,
      [tenantId, userId, id],
    );
    return row ?? null;
  }

  /** For the worker, which acts for every user. */
  async byId(tenantId: TenantId, id: string): Promise<Connection | null> {
    const [row] = await this.database.query<Connection>(
      `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return row ?? null;
  }

  credentials(
    tenantId: TenantId,
    id: string,
    tx?: Queryable,
  ): Promise<{ value: Secret<Credentials>; version: number } | null> {
    return this.vault.get<Credentials>(tenantId, credentialsOf(id), tx);
  }

  /**
   * Asks the refresh loop to take this connection now; one under lease is being refreshed already, a degraded one has its own schedule, and one whose
   * token was renewed since it was read needs nothing.
   */
  async refreshNow({ tenantId, id, lastRefreshedAt }: Connection): Promise<void> {
    const now = this.clock.now();
    await this.database.transaction(async (tx) => {
      await tx.query(
        `UPDATE connections SET due_at = $3 WHERE tenant_id = $1 AND id = $2 AND (lease_until IS NULL OR lease_until < $3)
            AND status = 'connected' AND last_refreshed_at = $4`,
        [tenantId, id, now, lastRefreshedAt],
      );
      await this.wakeups.notify(tx, 'connections');
    });
  }

  /**
   * Stores refreshed credentials: the connection's lease and the spent credentials must both still be the ones that were claimed.
   * @returns false when either has changed: nothing is written then
   */
  async storeRefreshed(
    claim: ConnectionClaim,
    credentials: Secret<Credentials>,
    spentVersion: number,
  ): Promise<boolean> {
    const { accessEndsAt, obtainedAt, scopes } = tokenFacts(credentials, this.clock.now());
    return this.database.commitIf(async (tx) => {
      const [row] = await tx.query(
        `UPDATE connections SET expires_at = $4, last_refreshed_at = $5, scopes = $6, due_at = $7, refresh_failures = 0,
                status_since = CASE WHEN status = 'connected' THEN status_since ELSE $5 END, status = 'connected',
                status_reason = NULL, lease_until = NULL, lease_owner = NULL, version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [claim.tenantId, claim.id, claim.version, accessEndsAt, obtainedAt, scopes, dueFor(credentials.reveal())],
      );
      return (
        row !== undefined && this.vault.replace(claim.tenantId, credentialsOf(claim.id), credentials, spentVersion, tx)
      );
    });
  }

  /** @param dueAt next try, or null when only the user can mend it */
  async storeRefreshFailure(
    claim: ConnectionClaim,
    { status, reason, dueAt }: { status: ConnectionStatus; reason: string; dueAt: Date | null },
  ): Promise<void> {
    await this.database.query(
      `UPDATE connections SET status_since = CASE WHEN status = $4 THEN status_since ELSE $7 END, status = $4, status_reason = $5,
              due_at = $6, refresh_failures = refresh_failures + 1, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [claim.tenantId, claim.id, claim.version, status, reason, dueAt, this.clock.now()],
    );
  }

  /**
   * Disconnects: the row and its secrets are gone when this answers, and the late answer of a refresh under way finds nothing to replace.
   * @returns what it was connected with, to be revoked at the third party; null when there was no such connection
   */
  async remove(tenantId: TenantId, userId: string, id: string): Promise<Secret<Credentials> | null> {
    if (!isUuid(id)) return null;
    return this.database.transaction(async (tx) => {
      // The row first, as everywhere: whoever holds its lock is the only one to touch its secrets.
      const rows = await tx.query(
        `DELETE FROM connections WHERE tenant_id = $1 AND user_id = $2 AND id = $3 RETURNING id`,
        [tenantId, userId, id],
      );
      if (rows.length === 0) return null;
      const held = await this.credentials(tenantId, id, tx);
      await this.vault.forget(tenantId, { kind: 'connection', rowId: id }, tx);
      return held?.value ?? new Secret<Credentials>({ kind: 'none' });
    });
  }

  /** Across tenants, for the retention loop: consents that no partner confirmed, with their credentials. */
  async deleteUnconfirmed(before: Date): Promise<void> {
    await this.database.transaction(async (tx) => {
      const rows = await tx.query<{ tenant_id: TenantId; id: string }>(
        `DELETE FROM connections WHERE status = 'pending' AND status_since < $1 RETURNING tenant_id, id`,
        [before],
      );
      for (const { tenant_id: tenantId, id } of rows) {
        await this.vault.forget(tenantId, { kind: 'connection', rowId: id }, tx);
      }
    });
  }
}

function credentialsOf(connectionId: string): SecretPlace {
  return { kind: 'connection', rowId: connectionId, field: 'credentials' };
}

function tokenFacts(credentials: Secret<Credentials>, now: Date) {
  const value = credentials.reveal();
  if (value.kind !== 'oauth2') return { accessEndsAt: null, obtainedAt: now, scopes: [] };
  return {
    accessEndsAt: value.expiresAt && new Date(value.expiresAt),
    obtainedAt: new Date(value.obtainedAt),
    scopes: value.scopes,
  };
}

function dueFor(value: Credentials): Date | null {
  if (value.kind !== 'oauth2' || value.refreshToken === null) return null;
  return refreshDueAt(new Date(value.obtainedAt), value.expiresAt === null ? null : new Date(value.expiresAt));
}
