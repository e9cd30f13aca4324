import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { Wakeups, newId, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { Account } from './account.js';
import { credentialsPlace } from './connection-secrets.js';
import { ConnectionTransitions, FIRST_OWN_PARAMETER, owner, type ChangeAuthor } from './connection-transitions.js';
import type { ConnectionSharing } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { lockDefaults, noDefaultYet } from './default-connection.js';
import { lockConnection } from './lock-connection.js';
import { expiryWarningAt, tokenFacts, type TokenFacts } from './token-facts.js';

export interface NewConnection {
  userId: string;
  appId: string;
  title: string;
  status: 'pending' | 'connected';
  account: Account;
  credentials: Secret<Credentials>;
  /** The longest that it may go without a refresh, as its app asks. */
  keepAliveSeconds?: number | null;
  externalId?: string | null;
  sharing?: ConnectionSharing;
  metadata?: Record<string, unknown>;
  /** By default the owner. */
  author?: ChangeAuthor;
}

/** Writes a connection with its credentials. */
@Injectable()
export class ConnectionEstablishment {
  constructor(
    private readonly vault: Vault,
    private readonly wakeups: Wakeups,
    private readonly transitions: ConnectionTransitions,
    private readonly clock: Clock,
  ) {}

  async establish(
    tx: Transaction,
    tenantId: TenantId,
    values: NewConnection,
    reconnectId: string | null,
  ): Promise<string> {
    const id = reconnectId ?? newId();
    await lockDefaults(tx, tenantId, values.userId);
    const facts = tokenFacts(values.credentials.reveal(), this.clock.now(), values.keepAliveSeconds ?? null);
    if (reconnectId === null) await this.#begin(tx, tenantId, id, values, facts);
    else await this.#renew(tx, tenantId, id, values, facts);
    await this.vault.put(tenantId, credentialsPlace(id), values.credentials, tx);
    if (facts.dueAt && facts.dueAt <= this.clock.now()) await this.wakeups.notify(tx, 'connections');
    return id;
  }

  async #begin(tx: Transaction, tenantId: TenantId, id: string, values: NewConnection, facts: TokenFacts) {
    const { userId, appId, title, status, account, author = owner(values.userId) } = values;
    const isConnected = status === 'connected';
    const own = [values.externalId ?? null, values.sharing ?? 'private', values.metadata ?? {}];
    const insert = `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, account_id, account_title, scopes,
        expires_at, last_refreshed_at, due_at, keep_alive_seconds, warn_at, external_id, sharing, metadata, event_sequence, is_default, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $19 = 1 AND ${noDefaultYet('$3', '$4')}, $7)`;
    const parameters = [tenantId, id, userId, appId, title, status, this.clock.now(), account.id, account.title];
    const credentials = values.credentials.reveal();
    const due = [isConnected ? facts.dueAt : null, facts.keepAliveSeconds, expiryWarningAt(credentials)];
    await this.transitions.begin(
      tx,
      { tenantId, id },
      { name: isConnected ? 'create' : 'consent', to: status, author },
      insert,
      [...parameters, facts.scopes, facts.expiresAt, facts.obtainedAt, ...due, ...own, isConnected ? 1 : 0],
    );
  }

  async #renew(tx: Transaction, tenantId: TenantId, id: string, values: NewConnection, facts: TokenFacts) {
    const { userId, appId, title, account, status: to, author = owner(values.userId) } = values;
    const row = await lockConnection(tx, tenantId, id);
    if (!row) throw problem('conflict', 'This connection was disconnected meanwhile. Connect the account anew.');
    if (row.userId !== userId || row.appId !== appId)
      throw new Error("The connection to renew is another user's or another app's.");
    const name = row.status === 'pending' ? 'confirm' : row.status === 'connected' ? 'renew' : 'reconnect';
    const first = FIRST_OWN_PARAMETER;
    const set = `title = $${first}, account_id = $${first + 1}, account_title = $${first + 2}, scopes = $${first + 3},
        expires_at = $${first + 4}, last_refreshed_at = $${first + 5}, due_at = $${first + 6}, keep_alive_seconds = $${first + 7},
        warn_at = $${first + 8}, is_default = is_default OR ${noDefaultYet('connections.user_id', 'connections.app_id')},
        disabled_from = NULL, refresh_failures = 0, failing_since = NULL, attempt_at = NULL, first_attempt_at = NULL, attempt_version = NULL, attempts = 0,
        lease_until = NULL, lease_owner = NULL`;
    const tokens = [facts.scopes, facts.expiresAt, facts.obtainedAt, facts.dueAt, facts.keepAliveSeconds];
    const parameters = [title, account.id, account.title, ...tokens, expiryWarningAt(values.credentials.reveal())];
    await this.transitions.make(tx, { tenantId, id }, { name, from: row.status, to, author, set, parameters });
  }
}
