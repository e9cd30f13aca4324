import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { Database, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault, type TenantSeal } from '#libs/vault';
import { isAllowed } from './connection-changes.js';
import { credentialsPlace, orphanPlace } from './connection-secrets.js';
import { ConnectionTransitions, FIRST_OWN_PARAMETER, REFRESH } from './connection-transitions.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';
import type { ConnectionClaim } from './connections.store.js';
import type { Credentials } from './credentials.js';
import { failing, renewal } from './refresh-assignments.js';
import { RefreshBatches, type RefreshedConnection } from './refresh-batches.store.js';
import type { RefreshFailure } from './refresh-failure.js';
import type { SealedAnswer } from './sealed-answer.js';
import { tokenFacts } from './token-facts.js';

/** Longer than any third party takes a replayed token, and than an operator takes to look. */
const ORPHANS_KEPT_SECONDS = 86_400;

/** What the registry records of refreshes (security.md: claim, mark, call, store). */
@Injectable()
export class ConnectionRefreshes {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly audit: Audit,
    private readonly transitions: ConnectionTransitions,
    private readonly batches: RefreshBatches,
    private readonly clock: Clock,
  ) {}

  /** The connection and its credentials, which may change from now on. A mark names the versions of both. */
  load({ tenantId, id }: ConnectionClaim): Promise<RefreshedConnection> {
    return this.batches.load(tenantId, id);
  }

  /**
   * Marks that the refresh token of `version` is about to be presented. Committed before it is: whoever comes after a crash knows then that
   * the outcome is unknown.
   * @returns how often these credentials were presented, this time included; null when the claim is no longer the caller's
   */
  async begin(claim: ConnectionClaim, credentialsVersion: number): Promise<number | null> {
    return (await this.batches.begin(claim, credentialsVersion)) ?? (await this.#beginAlone(claim, credentialsVersion));
  }

  async #beginAlone({ tenantId, id, version }: ConnectionClaim, credentialsVersion: number): Promise<number | null> {
    const [row] = await this.database.of(tenantId).query<{ attempts: number }>(
      `UPDATE connections SET attempts = CASE WHEN attempt_version = $5 THEN attempts + 1 ELSE 1 END, attempt_version = $5, attempt_at = $4,
              first_attempt_at = CASE WHEN attempt_version = $5 THEN first_attempt_at ELSE $4 END
        WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING attempts`,
      [tenantId, id, version, this.clock.now(), credentialsVersion],
    );
    return row?.attempts ?? null;
  }

  /** Gives a claim back: nothing was presented, nobody is to blame. */
  async defer({ tenantId, id, version }: ConnectionClaim, dueAt: Date | null): Promise<void> {
    await this.database.of(tenantId).query(
      `UPDATE connections SET due_at = $4, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [tenantId, id, version, dueAt],
    );
  }

  /** Takes the claim's mark back: nothing was presented after all, or the app refused to look at it. Nobody is to blame. */
  async withdraw({ tenantId, id, version }: ConnectionClaim, dueAt: Date): Promise<void> {
    await this.database.of(tenantId).query(
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
  async store(answer: SealedAnswer): Promise<boolean> {
    // One answer that the database refuses must not keep the others of its batch from being stored.
    if (await this.batches.store(answer).catch(() => false)) return true;
    return this.#storeAlone(answer);
  }

  #storeAlone(answer: SealedAnswer): Promise<boolean> {
    const { tenantId, connectionId, spentVersion, sealed, facts } = answer;
    return this.database.of(tenantId).commitIf(async (tx) => {
      const [before] = await tx.query<Before>(
        `SELECT status, scopes FROM connections WHERE tenant_id = $1 AND id = $2 AND status <> 'deleted' FOR UPDATE`,
        [tenantId, connectionId],
      );
      if (!before) return false;
      if (!(await this.vault.replaceSealed(tenantId, credentialsPlace(connectionId), sealed, spentVersion, tx)))
        return false;
      await this.#renewed(tx, answer, before.status);
      const details = { from: listed(before.scopes), to: listed(facts.scopes) };
      if (details.from !== details.to)
        await this.#record(tx, tenantId, connectionId, 'connection.scopes_changed', details);
      return true;
    });
  }

  /** Fenced by the claim: a failure that comes late says nothing about what happened since. */
  async fail({ tenantId, id, version }: ConnectionClaim, failure: RefreshFailure): Promise<void> {
    const { status, reason, dueAt, presented } = failure;
    await this.database.of(tenantId).transaction(async (tx) => {
      const [before] = await tx.query<{ status: ConnectionStatus }>(
        `SELECT status FROM connections WHERE tenant_id = $1 AND id = $2 AND version = $3 FOR UPDATE`,
        [tenantId, id, version],
      );
      if (!before) return;
      const name = status === 'degraded' ? 'degrade' : 'refuse';
      const isChange = status !== 'connected' && isAllowed(name, before.status, status, 'refresh');
      // An answer to this presentation says nothing of those before it.
      const parameters = [dueAt, this.clock.now(), presented === 'in_vain' ? 1 : 0, presented !== 'no'];
      if (isChange) {
        const change = { name, from: before.status, to: status, author: REFRESH, reason } as const;
        const place = { tenantId, id };
        await this.transitions.make(tx, place, { ...change, set: failing(FIRST_OWN_PARAMETER), parameters });
      } else {
        await tx.query(
          `UPDATE connections SET status_reason = $3, version = version + 1, ${failing(4)} WHERE tenant_id = $1 AND id = $2`,
          [tenantId, id, reason, ...parameters],
        );
      }
    });
  }

  /** Keeps an answer that came after another one was stored, for when that one is refused. @returns false when the connection is gone */
  async keepOrphan({ tenantId, connectionId }: SealedAnswer, credentials: Secret<Credentials>): Promise<boolean> {
    return this.database.of(tenantId).commitIf(async (tx) => {
      const [connection] = await tx.query(
        `SELECT id FROM connections WHERE tenant_id = $1 AND id = $2 AND status <> 'deleted' FOR SHARE`,
        [tenantId, connectionId],
      );
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
    return this.database.of(tenantId).commitIf(async (tx) => {
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
    const rows = await this.database.overTenants.query<{ tenant_id: TenantId; id: string; connection_id: string }>(
      `SELECT tenant_id, id, connection_id FROM orphaned_answers WHERE expires_at <= $1 LIMIT 1000`,
      [this.clock.now()],
    );
    for (const { tenant_id: tenantId, id, connection_id: connectionId } of rows) {
      await this.database.of(tenantId).transaction((tx) => this.#forgetOrphan(tx, tenantId, connectionId, id));
    }
  }

  async #forgetOrphan(tx: Transaction, tenantId: TenantId, connectionId: string, id: string): Promise<void> {
    await tx.query(`DELETE FROM orphaned_answers WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    await this.vault.forget(tenantId, orphanPlace(connectionId, id), tx);
  }

  async #renewed(tx: Transaction, answer: SealedAnswer, before: ConnectionStatus): Promise<void> {
    const { expiresAt, obtainedAt, scopes, dueAt, keepAliveSeconds } = answer.facts;
    const place = { tenantId: answer.tenantId, id: answer.connectionId };
    const parameters = [expiresAt, obtainedAt, scopes, isSteady(before) ? null : dueAt, keepAliveSeconds];
    if (before === 'degraded' || before === 'needs_reauth') {
      const change = { name: 'recover', from: before, to: 'connected', author: REFRESH } as const;
      await this.transitions.make(tx, place, { ...change, set: renewal(FIRST_OWN_PARAMETER), parameters });
    } else {
      await this.transitions.refreshed(tx, place, renewal, parameters);
    }
  }

  #record(
    tx: Transaction,
    tenantId: TenantId,
    connectionId: string,
    action: 'connection.scopes_changed' | 'connection.answer_orphaned',
    details: Record<string, string>,
  ): Promise<void> {
    return this.audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action, subject: connectionId, details });
  }
}

type Before = Pick<Connection, 'status' | 'scopes'>;

/** Third parties name them in any order. */
function listed(scopes: readonly string[]): string {
  return scopes.toSorted().join(' ');
}

/** Somebody decided that it rests: a new token changes nothing about that. */
function isSteady(status: ConnectionStatus): boolean {
  return status === 'pending' || status === 'disabled';
}
