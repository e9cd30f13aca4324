import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, Wakeups, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { Account } from './account.js';
import { columns } from './connection-columns.js';
import { credentialsPlace } from './connection-secrets.js';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { lookDueAt } from './refresh-due.js';
import { tokenFacts } from './token-facts.js';

export interface NewConnection {
  userId: string;
  appId: string;
  title: string;
  status: 'pending' | 'connected';
  account: Account;
  credentials: Secret<Credentials>;
  /** The longest that it may go without a refresh, as its app asks. */
  keepAliveSeconds?: number | null;
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
    const { userId, appId, title, status, account, keepAliveSeconds = null } = values;
    const now = this.clock.now();
    const facts = tokenFacts(values.credentials.reveal(), now, keepAliveSeconds);
    const dueAt = status === 'connected' ? facts.dueAt : null;
    const parameters = [tenantId, id, userId, appId, title, status, now, account.id, account.title, facts.scopes];
    const rows = await tx.query(
      `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, account_id, account_title, scopes,
                                expires_at, last_refreshed_at, due_at, keep_alive_seconds, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $7)
       ON CONFLICT (tenant_id, id) DO UPDATE SET
         title = excluded.title, status = excluded.status, status_reason = NULL, status_since = excluded.status_since,
         account_id = excluded.account_id, account_title = excluded.account_title, scopes = excluded.scopes,
         expires_at = excluded.expires_at, last_refreshed_at = excluded.last_refreshed_at, due_at = excluded.due_at,
         keep_alive_seconds = excluded.keep_alive_seconds, refresh_failures = 0, failing_since = NULL, attempt_at = NULL,
         first_attempt_at = NULL, attempt_version = NULL, attempts = 0, lease_until = NULL, lease_owner = NULL, version = connections.version + 1
       WHERE connections.user_id = excluded.user_id AND connections.app_id = excluded.app_id
       RETURNING id`,
      [...parameters, facts.expiresAt, facts.obtainedAt, dueAt, keepAliveSeconds],
    );
    if (rows.length === 0) throw new Error("The connection to renew is another user's or another app's.");
    await this.vault.put(tenantId, credentialsPlace(id), values.credentials, tx);
    return id;
  }

  /** pending → connected, and on the refresh schedule from here on. */
  async confirm(tenantId: TenantId, id: string, tx: Queryable): Promise<void> {
    const [row] = await tx.query<{ keepAliveSeconds: number | null }>(
      `SELECT keep_alive_seconds AS "keepAliveSeconds" FROM connections WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
      [tenantId, id],
    );
    const held = await this.credentials(tenantId, id, tx);
    await tx.query(
      `UPDATE connections SET status = 'connected', status_since = $3, due_at = $4, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND status = 'pending'`,
      [tenantId, id, this.clock.now(), row && held && lookDueAt(held.value.reveal(), row.keepAliveSeconds)],
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
    return this.vault.get<Credentials>(tenantId, credentialsPlace(id), tx);
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
      await this.#forgetSecrets(tenantId, id, tx);
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
        await this.#forgetSecrets(tenantId, id, tx);
      }
    });
  }

  async #forgetSecrets(tenantId: TenantId, id: string, tx: Queryable): Promise<void> {
    for (const kind of ['connection', 'orphaned-token'] as const)
      await this.vault.forget(tenantId, { kind, rowId: id }, tx);
  }
}
