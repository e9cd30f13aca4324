import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { Database, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault, type SealedValue, type TenantSeal } from '#libs/vault';
import { credentialsPlace, orphanPlace } from './connection-secrets.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';
import type { ConnectionClaim } from './connections.store.js';
import type { Credentials } from './credentials.js';
import { tokenFacts, type TokenFacts } from './token-facts.js';

/** Longer than any third party takes a replayed token, and than an operator takes to look. */
const ORPHANS_KEPT_SECONDS = 86_400;

/** The credentials that a refresh brought, sealed for the place that they will stand in: they can be kept outside the database until then. */
export interface SealedAnswer {
  tenantId: TenantId;
  connectionId: string;
  appId: string;
  /** Version of the credentials in the vault that were spent for it. */
  spentVersion: number;
  sealed: SealedValue;
  facts: TokenFacts;
}

/** Why a refresh brought nothing, and what becomes of the connection. */
export interface RefreshFailure {
  status: Extract<ConnectionStatus, 'connected' | 'degraded' | 'needs_reauth'>;
  reason: string;
  /** Next try, or null when only the user can mend it. */
  dueAt: Date | null;
  /**
   * `in_vain`: the third party answered · `unknown`: it may have spent the refresh token · `no`: it was not asked, so that marks of earlier
   * presentations stay as they are, and the failure does not count towards giving up.
   */
  presented: 'in_vain' | 'unknown' | 'no';
}

/** What the registry records of refreshes (security.md: claim, mark, call, store). */
@Injectable()
export class ConnectionRefreshes {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /**
   * Marks that the refresh token of `version` is about to be presented. Committed before it is: whoever comes after a crash knows then that
   * the outcome is unknown.
   * @returns how often these credentials were presented, this time included; null when the claim is no longer the caller's
   */
  async begin({ tenantId, id, version }: ConnectionClaim, credentialsVersion: number): Promise<number | null> {
    const [row] = await this.database.query<{ attempts: number }>(
      `UPDATE connections SET attempts = CASE WHEN attempt_version = $5 THEN attempts + 1 ELSE 1 END, attempt_version = $5, attempt_at = $4,
              first_attempt_at = CASE WHEN attempt_version = $5 THEN first_attempt_at ELSE $4 END
        WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING attempts`,
      [tenantId, id, version, this.clock.now(), credentialsVersion],
    );
    return row?.attempts ?? null;
  }

  /** Gives a claim back: nothing was presented, nobody is to blame. */
  async defer({ tenantId, id, version }: ConnectionClaim, dueAt: Date | null): Promise<void> {
    await this.database.query(
      `UPDATE connections SET due_at = $4, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [tenantId, id, version, dueAt],
    );
  }

  /** Takes the claim's mark back: nothing was presented after all, or the app refused to look at it. Nobody is to blame. */
  async withdraw({ tenantId, id, version }: ConnectionClaim, dueAt: Date): Promise<void> {
    await this.database.query(
      `UPDATE connections SET due_at = $4, attempts = attempts - 1,
              attempt_at = CASE WHEN attempts > 1 THEN attempt_at END, attempt_version = CASE WHEN attempts > 1 THEN attempt_version END,
              first_attempt_at = CASE WHEN attempts > 1 THEN first_attempt_at END,
              lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [tenantId, id, version, dueAt],
    );
  }

  /** Seals what came back. Asks nobody: the database may be away. */
  seal(
    seal: TenantSeal,
    { tenantId, id, appId }: Pick<Connection, 'tenantId' | 'id' | 'appId'>,
    spentVersion: number,
    credentials: Secret<Credentials>,
    keepAliveSeconds: number | null,
  ): SealedAnswer {
    const sealed = seal.seal(credentialsPlace(id), spentVersion + 1, credentials);
    const facts = tokenFacts(credentials.reveal(), this.clock.now(), keepAliveSeconds);
    return { tenantId, connectionId: id, appId, spentVersion, sealed, facts };
  }

  /** @returns null when the tenant's data key was destroyed since */
  open({ tenantId, connectionId, spentVersion, sealed }: SealedAnswer): Promise<Secret<Credentials> | null> {
    return this.vault.openSealed<Credentials>(tenantId, credentialsPlace(connectionId), spentVersion + 1, sealed);
  }

  /**
   * Stores an answer in the place of the credentials that were spent for it. No lease is asked for: a late answer to a spent token is
   * the only one that is worth anything.
   * @returns false when other credentials stand there, or the connection is gone: nothing is written then
   */
  store(answer: SealedAnswer): Promise<boolean> {
    const { tenantId, connectionId, spentVersion, sealed, facts } = answer;
    return this.database.commitIf(async (tx) => {
      const before = await this.#renewed(tx, answer);
      if (!before) return false;
      if (!(await this.vault.replaceSealed(tenantId, credentialsPlace(connectionId), sealed, spentVersion, tx)))
        return false;
      if (before.status === 'degraded' || before.status === 'needs_reauth')
        await this.#record(tx, answer.tenantId, connectionId, 'connection.recovered', { was: before.status });
      const details = { from: listed(before.scopes), to: listed(facts.scopes) };
      if (details.from !== details.to)
        await this.#record(tx, tenantId, connectionId, 'connection.scopes_changed', details);
      return true;
    });
  }

  /** Fenced by the claim: a failure that comes late says nothing about what happened since. */
  async fail({ tenantId, id, version }: ConnectionClaim, failure: RefreshFailure): Promise<void> {
    const { status, reason, dueAt, presented } = failure;
    await this.database.transaction(async (tx) => {
      const [before] = await tx.query<{ status: ConnectionStatus }>(
        `SELECT status FROM connections WHERE tenant_id = $1 AND id = $2 AND version = $3 FOR UPDATE`,
        [tenantId, id, version],
      );
      if (!before) return;
      const isChanged = before.status !== status;
      const values = [tenantId, id, version, status, reason, dueAt, isChanged, this.clock.now()];
      await tx.query(
        `UPDATE connections SET status = $4, status_reason = $5, due_at = $6, status_since = CASE WHEN $7 THEN $8 ELSE status_since END,
                refresh_failures = refresh_failures + 1, failing_since = CASE WHEN $10 THEN coalesce(failing_since, $8) END,
                attempt_at = CASE WHEN attempts > $9 THEN attempt_at END, attempts = greatest(attempts - $9, 0),
                attempt_version = CASE WHEN attempts > $9 THEN attempt_version END,
                first_attempt_at = CASE WHEN attempts > $9 THEN first_attempt_at END,
                lease_until = NULL, lease_owner = NULL, version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND version = $3`,
        // An answer to this presentation says nothing of those before it.
        [...values, presented === 'in_vain' ? 1 : 0, presented !== 'no'],
      );
      if (!isChanged || status === 'connected') return;
      await this.#record(tx, tenantId, id, `connection.${status}`, { reason });
    });
  }

  /** Keeps an answer that came after another one was stored, for when that one is refused. @returns false when the connection is gone */
  async keepOrphan({ tenantId, connectionId }: SealedAnswer, credentials: Secret<Credentials>): Promise<boolean> {
    return this.database.commitIf(async (tx) => {
      const [connection] = await tx.query(`SELECT id FROM connections WHERE tenant_id = $1 AND id = $2 FOR SHARE`, [
        tenantId,
        connectionId,
      ]);
      if (!connection) return false;
      const id = newId();
      await tx.query(
        `INSERT INTO orphaned_answers (tenant_id, id, connection_id, expires_at) VALUES ($1, $2, $3, $4)`,
        [tenantId, id, connectionId, secondsAfter(this.clock.now(), ORPHANS_KEPT_SECONDS)],
      );
      await this.vault.put(tenantId, orphanPlace(connectionId, id), credentials, tx);
      await this.#record(tx, tenantId, connectionId, 'connection.answer_orphaned', {});
      return true;
    });
  }

  /**
   * Puts the newest orphaned answer in the place of credentials that were refused, and makes it due.
   * @returns false when there is none
   */
  takeOrphan({ tenantId, id, version }: ConnectionClaim, refusedVersion: number): Promise<boolean> {
    return this.database.commitIf(async (tx) => {
      const [claimed] = await tx.query(
        `UPDATE connections SET due_at = $4, attempt_at = NULL, first_attempt_at = NULL, attempt_version = NULL, attempts = 0, lease_until = NULL, lease_owner = NULL,
                version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [tenantId, id, version, this.clock.now()],
      );
      const [orphan] = await tx.query<{ id: string }>(
        `SELECT id FROM orphaned_answers WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id DESC LIMIT 1`,
        [tenantId, id],
      );
      if (!claimed || !orphan) return false;
      const held = await this.vault.get<Credentials>(tenantId, orphanPlace(id, orphan.id), tx);
      await this.#forgetOrphan(tx, tenantId, id, orphan.id);
      return held !== null && this.vault.replace(tenantId, credentialsPlace(id), held.value, refusedVersion, tx);
    });
  }

  /** Across tenants, for the retention loop. */
  async deleteExpired(): Promise<void> {
    const rows = await this.database.query<{ tenant_id: TenantId; id: string; connection_id: string }>(
      `SELECT tenant_id, id, connection_id FROM orphaned_answers WHERE expires_at <= $1 LIMIT 1000`,
      [this.clock.now()],
    );
    for (const { tenant_id: tenantId, id, connection_id: connectionId } of rows) {
      await this.database.transaction((tx) => this.#forgetOrphan(tx, tenantId, connectionId, id));
    }
  }

  async #forgetOrphan(tx: Transaction, tenantId: TenantId, connectionId: string, id: string): Promise<void> {
    await tx.query(`DELETE FROM orphaned_answers WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    await this.vault.forget(tenantId, orphanPlace(connectionId, id), tx);
  }

  /** A connection that somebody put to rest stays at rest. @returns what it was before; undefined when there is none */
  async #renewed(tx: Transaction, { tenantId, connectionId, facts }: SealedAnswer): Promise<Before | undefined> {
    const { expiresAt, obtainedAt, scopes, dueAt, keepAliveSeconds } = facts;
    const [before] = await tx.query<Before>(
      `UPDATE connections SET expires_at = $3, last_refreshed_at = $4, scopes = $5::text[], keep_alive_seconds = $7, status_reason = NULL,
              due_at = CASE WHEN before.is_resting THEN NULL ELSE $6::timestamptz END,
              status_since = CASE WHEN before.is_resting OR before.status = 'connected' THEN status_since ELSE $8 END,
              status = CASE WHEN before.is_resting THEN before.status ELSE 'connected' END,
              refresh_failures = 0, failing_since = NULL, attempt_at = NULL, first_attempt_at = NULL,
              attempt_version = NULL, attempts = 0, lease_until = NULL, lease_owner = NULL, version = version + 1
         FROM (SELECT status, scopes, status IN ('pending', 'disabled') AS is_resting FROM connections
                WHERE tenant_id = $1 AND id = $2 FOR UPDATE) before
        WHERE tenant_id = $1 AND id = $2
        RETURNING before.status, before.scopes`,
      [tenantId, connectionId, expiresAt, obtainedAt, scopes, dueAt, keepAliveSeconds, this.clock.now()],
    );
    return before;
  }

  #record(
    tx: Transaction,
    tenantId: TenantId,
    connectionId: string,
    action: ConnectionAction,
    details: Record<string, string>,
  ): Promise<void> {
    return this.audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action, subject: connectionId, details });
  }
}

type Before = Pick<Connection, 'status' | 'scopes'>;

type ConnectionAction =
  `connection.${'recovered' | 'scopes_changed' | 'degraded' | 'needs_reauth' | 'answer_orphaned'}`;

/** Third parties name them in any order. */
function listed(scopes: readonly string[]): string {
  return scopes.toSorted().join(' ');
}
