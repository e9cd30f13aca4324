import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { Database, Wakeups, isUuid, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { columns } from './connection-columns.js';
import { ConnectionEstablishment, type NewConnection } from './connection-establishment.js';
import { credentialsPlace } from './connection-secrets.js';
import { AT_REST, ConnectionTransitions, FIRST_OWN_PARAMETER, owner } from './connection-transitions.js';
import { OWN, VISIBLE } from './connection-visibility.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { lockConnection } from './lock-connection.js';
import { lockDefaults, noDefaultYet, promoteOldest } from './default-connection.js';
import { demandRank } from './refresh-demand.js';
import { lookDueAt } from './refresh-due.js';

interface ConnectionFilter {
  appId: string;
  limit: number;
  offset: number;
  includeShared?: boolean;
}

/** What a connection that is gone leaves behind. */
export interface Removed {
  /** Null where they do not open. */
  credentials: Secret<Credentials> | null;
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
    private readonly transitions: ConnectionTransitions,
    private readonly establishment: ConnectionEstablishment,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a connection, or gives an existing one of the same user and app new credentials and its old id.
   * @throws Problem conflict when that one was disconnected meanwhile
   */
  async establish(
    tenantId: TenantId,
    values: NewConnection,
    reconnectId: string | null,
    tx?: Transaction,
  ): Promise<string> {
    if (!tx) return this.database.of(tenantId).transaction((own) => this.establish(tenantId, values, reconnectId, own));
    return this.establishment.establish(tx, tenantId, values, reconnectId);
  }

  /** pending → connected, and on the refresh schedule from here on. */
  async confirm(tenantId: TenantId, id: string, tx: Transaction): Promise<void> {
    const [named] = await tx.query<Pick<Connection, 'userId'>>(
      `SELECT user_id AS "userId" FROM connections WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    if (!named) return;
    await lockDefaults(tx, tenantId, named.userId);
    const row = await lockConnection(tx, tenantId, id);
    if (row?.status !== 'pending') return;
    const held = await this.credentials(tenantId, id, tx);
    const dueAt = held && lookDueAt(held.value.reveal(), row.keepAliveSeconds);
    const change = { name: 'confirm', from: 'pending', to: 'connected', author: owner(row.userId) } as const;
    const set = `due_at = $${FIRST_OWN_PARAMETER}, is_default = ${noDefaultYet('connections.user_id', 'connections.app_id')}`;
    await this.transitions.make(tx, { tenantId, id }, { ...change, set, parameters: [dueAt] });
  }

  /** The user's own of one app, newest first; with those that others share with them, where asked for. */
  async list(
    tenantId: TenantId,
    userId: string,
    { appId, limit, offset, includeShared = false }: ConnectionFilter,
  ): Promise<{ connections: Connection[]; count: number }> {
    const listed = `FROM connections c WHERE ${includeShared ? VISIBLE : OWN} AND c.app_id = $3`;
    const connections = await this.database
      .of(tenantId)
      .query<Connection>(`SELECT ${columns} ${listed} ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`, [
        tenantId,
        userId,
        appId,
        limit,
        offset,
      ]);
    const [total] = await this.database
      .of(tenantId)
      .query<{ count: number }>(`SELECT count(*)::int AS count ${listed}`, [tenantId, userId, appId]);
    return { connections, count: total?.count ?? 0 };
  }

  /** The user's own: what they may change, reconnect and disconnect. @param id any text: one that is not a uuid is nobody's */
  find(tenantId: TenantId, userId: string, id: string): Promise<Connection | null> {
    return this.#find(OWN, tenantId, userId, id);
  }

  /** The user's own, or one that is shared with them: what they may see and use. @param id any text */
  findVisible(tenantId: TenantId, userId: string, id: string): Promise<Connection | null> {
    return this.#find(VISIBLE, tenantId, userId, id);
  }

  async #find(condition: string, tenantId: TenantId, userId: string, id: string): Promise<Connection | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database
      .of(tenantId)
      .query<Connection>(`SELECT ${columns} FROM connections c WHERE ${condition} AND c.id = $3`, [
        tenantId,
        userId,
        id,
      ]);
    return row ?? null;
  }

  /** For the worker, which acts for every user. */
  async byId(tenantId: TenantId, id: string): Promise<Connection | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<Connection>(
        `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND id = $2 AND status <> 'deleted'`,
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
   * Asks the refresh loop to take this connection now, before others of its tenant, however many are due, and no later for having asked again; one under lease is being refreshed already, a degraded one has its own schedule, and one whose
   * token was renewed since it was read needs nothing.
   * @param statuses with `degraded`, its schedule is not waited for: somebody knows that its app is there again
   */
  async refreshNow(
    { tenantId, id, lastRefreshedAt }: Connection,
    statuses: readonly ConnectionStatus[] = ['connected'],
    afterwards: (tx: Transaction) => Promise<void> = async () => {},
  ): Promise<void> {
    const now = this.clock.now();
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.query(
        `UPDATE connections SET due_at = LEAST(due_at, $5) WHERE tenant_id = $1 AND id = $2 AND (lease_until IS NULL OR lease_until < $3)
            AND status = ANY ($6) AND last_refreshed_at = $4`,
        [tenantId, id, now, lastRefreshedAt, demandRank(now), statuses],
      );
      await afterwards(tx);
      await this.wakeups.notify(tx, 'connections');
    });
  }

  /**
   * Disconnects: its secrets are gone when this answers, and the late answer of a refresh under way finds nothing to replace. The row stays
   * for a while, for the operator alone.
   * @param afterwards in the same transaction, with what it was connected with
   * @returns what it was connected with, to be revoked at the third party; null when there was no such connection
   */
  async remove(
    tenantId: TenantId,
    userId: string,
    id: string,
    author = owner(userId),
    afterwards: (tx: Transaction, row: Connection, held: Removed) => Promise<void> = async () => {},
  ): Promise<Removed | null> {
    if (!isUuid(id)) return null;
    return this.database.of(tenantId).transaction(async (tx) => {
      await lockDefaults(tx, tenantId, userId);
      // The row before its secrets, as everywhere: whoever holds its lock is the only one to touch them.
      const row = await lockConnection(tx, tenantId, id);
      if (!row || row.userId !== userId) return null;
      const held = { credentials: await this.#readableCredentials(tenantId, id, tx) };
      const name = row.status === 'pending' ? 'retract' : 'disconnect';
      const change = { name, from: row.status, to: 'deleted', author } as const;
      await this.transitions.make(tx, { tenantId, id }, { ...change, set: AT_REST });
      await this.forgetSecrets(tx, tenantId, id);
      if (row.isDefault) await promoteOldest(tx, row);
      await afterwards(tx, row, held);
      return held;
    });
  }

  /** None where they do not open, be it that they were altered: such a connection is the first that has to go. */
  async #readableCredentials(tenantId: TenantId, id: string, tx: Transaction): Promise<Secret<Credentials> | null> {
    const held = (await this.vault.many.get<Credentials>(tenantId, credentialsPlace(id), [id], tx)).get(id);
    return held && !(held instanceof Error) ? held.value : null;
  }

  /** All that the vault holds of it. For whoever holds its row. */
  async forgetSecrets(tx: Transaction, tenantId: TenantId, id: string): Promise<void> {
    await tx.query(`DELETE FROM orphaned_answers WHERE tenant_id = $1 AND connection_id = $2`, [tenantId, id]);
    for (const kind of ['connection', 'orphaned-token'] as const)
      await this.vault.forget(tenantId, { kind, rowId: id }, tx);
  }
}
