import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import type { Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { revocationPlace, TO_REVOKE } from './connection-secrets.js';
import type { AppPlaces } from './app-shares.js';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import type { DueRevocation } from './due-revocation.entity.js';
import { nextTry } from './revocation-schedule.js';
import type { RevocationAttempt, RevocationOutcome, RevocationState } from './revocations.js';

/** Longer than one revocation takes: whoever has not reported by then is not there any more. */
const LEASE_SECONDS = 60;

const columns = `tenant_id AS "tenantId", connection_id AS "connectionId", app_id AS "appId", actor, address, due_at AS "dueAt",
  attempts`;

/** Revocations on their way. Each is on record once, whoever of several ends it first. */
@Injectable()
export class DueRevocations {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** In the transaction that takes the connection away: from its commit on somebody tells the third party, whatever becomes of us. */
  async begin(
    tx: Transaction,
    { tenantId, id, appId }: Pick<Connection, 'tenantId' | 'id' | 'appId'>,
    credentials: Secret<Credentials> | null,
    { name, address }: Actor,
    startsAt = secondsAfter(this.clock.now(), LEASE_SECONDS),
  ): Promise<void> {
    await tx.query(
      `INSERT INTO due_revocations (tenant_id, connection_id, app_id, actor, address, due_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [tenantId, id, appId, name, address, startsAt],
    );
    const kind = credentials?.reveal().kind;
    if (credentials && (kind === 'oauth2' || kind === 'upstream'))
      await this.vault.put(tenantId, revocationPlace(id), credentials, tx);
  }

  /**
   * As `begin`, of what was tried once and has to be tried again. It takes the place of an older token that is still to be revoked: the third
   * party gave this one out for that one.
   * @param notBefore the end of a pause that the third party wants
   */
  async takeOver(
    tx: Transaction,
    { tenantId, id, appId }: Pick<Connection, 'tenantId' | 'id' | 'appId'>,
    credentials: Secret<Credentials>,
    { name, address }: Actor,
    notBefore: Date | null,
  ): Promise<void> {
    // One try more than the older one had: whoever is telling of that one at this moment does not end this.
    await tx.query(
      `INSERT INTO due_revocations (tenant_id, connection_id, app_id, actor, address, due_at, attempts) VALUES ($1, $2, $3, $4, $5, $6, 1)
       ON CONFLICT (tenant_id, connection_id) DO UPDATE SET due_at = EXCLUDED.due_at, attempts = due_revocations.attempts + 1`,
      [tenantId, id, appId, name, address, nextTry(1, notBefore, this.clock.now())],
    );
    await this.vault.put(tenantId, revocationPlace(id), credentials, tx);
  }

  /** As `begin`, of several whose third parties are to be told now. What each takes must be of a kind that can be revoked. */
  async beginEach(
    tx: Transaction,
    tenantId: TenantId,
    held: readonly { connection: Pick<Connection, 'id' | 'appId'>; credentials: Secret<Credentials> }[],
    { name, address }: Actor,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO due_revocations (tenant_id, connection_id, app_id, actor, address, due_at)
       SELECT $1, made.id, made.app_id, $4, $5, $6 FROM unnest($2::uuid[], $3::uuid[]) AS made (id, app_id)`,
      [
        tenantId,
        held.map(({ connection }) => connection.id),
        held.map(({ connection }) => connection.appId),
        name,
        address,
        this.clock.now(),
      ],
    );
    const secrets = held.map(({ connection, credentials }) => ({ rowId: connection.id, value: credentials }));
    await this.vault.many.putNew(tenantId, TO_REVOKE, secrets, tx);
  }

  /**
   * Across tenants, those that wait longest: of each tenant's app no more than its share. It jumps from app to app in an index: its cost grows
   * with their number, not with that of the rows.
   * @param left what is left of the shares; of an app that is not there, all of it
   */
  claim(limit: number, share: number, left: readonly AppPlaces[]): Promise<DueRevocation[]> {
    const now = this.clock.now();
    return this.database.overTenants.query<DueRevocation>(
      `WITH RECURSIVE apps AS (
         (SELECT tenant_id, app_id FROM due_revocations ORDER BY tenant_id, app_id LIMIT 1)
         UNION ALL
         SELECT next.tenant_id, next.app_id FROM apps CROSS JOIN LATERAL (
           SELECT row.tenant_id, row.app_id FROM due_revocations row WHERE (row.tenant_id, row.app_id) > (apps.tenant_id, apps.app_id)
            ORDER BY row.tenant_id, row.app_id LIMIT 1) next),
       oldest AS (
         SELECT due.tenant_id, due.connection_id
           FROM apps LEFT JOIN unnest($5::uuid[], $6::uuid[], $7::integer[]) AS own (tenant_id, app_id, places)
             ON own.tenant_id = apps.tenant_id AND own.app_id = apps.app_id
           CROSS JOIN LATERAL (
             SELECT row.tenant_id, row.connection_id, row.due_at FROM due_revocations row
              WHERE row.tenant_id = apps.tenant_id AND row.app_id = apps.app_id AND row.due_at <= $1
              ORDER BY row.due_at LIMIT COALESCE(own.places, $4)) due
          ORDER BY due.due_at LIMIT $3)
       UPDATE due_revocations SET due_at = $2
        WHERE due_at <= $1
          AND ctid = ANY (ARRAY(
                SELECT row.ctid FROM oldest JOIN due_revocations row
                    ON row.tenant_id = oldest.tenant_id AND row.connection_id = oldest.connection_id
                 WHERE row.due_at <= $1 FOR UPDATE OF row SKIP LOCKED))
        RETURNING ${columns}`,
      [
        now,
        secondsAfter(now, LEASE_SECONDS),
        limit,
        share,
        left.map(({ tenantId }) => tenantId),
        left.map(({ appId }) => appId),
        left.map(({ places }) => places),
      ],
    );
  }

  /** Null when there is nothing to revoke. */
  async credentials({ tenantId, connectionId }: DueRevocation): Promise<Secret<Credentials> | null> {
    return (await this.vault.get<Credentials>(tenantId, revocationPlace(connectionId)))?.value ?? null;
  }

  /**
   * Whether somebody has connected the same account since it was disconnected. Many a third party has one grant of an account and a client: a
   * late try would take the new connection along. Not of a mass disconnection: there the old token is the greater danger.
   */
  async isConnectedAgain({ tenantId, connectionId }: DueRevocation): Promise<boolean> {
    const again = await this.database.of(tenantId).query(
      `SELECT 1 FROM connections gone
         JOIN connections again ON again.tenant_id = $1 AND again.app_id = gone.app_id AND again.account_id = gone.account_id
          AND again.status <> 'deleted' AND again.created_at > gone.status_since
        WHERE gone.tenant_id = $1 AND gone.id = $2
          AND NOT EXISTS (SELECT 1 FROM revocation_parts WHERE tenant_id = $1 AND connection_id = $2) LIMIT 1`,
      [tenantId, connectionId],
    );
    return again.length > 0;
  }

  /**
   * Ends it, or puts it off where another try may go better. Where somebody else has ended it meanwhile or put it off, nothing happens.
   * @returns `pending` when it was put off
   */
  async settle(
    { tenantId, connectionId, attempts }: Pick<DueRevocation, 'tenantId' | 'connectionId' | 'attempts'>,
    actor: Actor,
    attempt: RevocationAttempt,
  ): Promise<RevocationState> {
    const tries = attempts + 1;
    const dueAt = attempt.later ? nextTry(tries, attempt.later.notBefore, this.clock.now()) : null;
    if (dueAt === null) {
      await this.#end({ tenantId, connectionId, attempts }, actor, attempt.outcome);
      return attempt.outcome;
    }
    await this.database
      .of(tenantId)
      .query(
        `UPDATE due_revocations SET due_at = $3, attempts = $4 WHERE tenant_id = $1 AND connection_id = $2 AND attempts = $5`,
        [tenantId, connectionId, dueAt, tries, attempts],
      );
    return 'pending';
  }

  async #end(
    { tenantId, connectionId, attempts }: Pick<DueRevocation, 'tenantId' | 'connectionId' | 'attempts'>,
    actor: Actor,
    revocation: RevocationOutcome,
  ): Promise<void> {
    await this.database.of(tenantId).transaction(async (tx) => {
      const rows = await tx.query(
        `DELETE FROM due_revocations WHERE tenant_id = $1 AND connection_id = $2 AND attempts = $3 RETURNING connection_id`,
        [tenantId, connectionId, attempts],
      );
      if (rows.length === 0) return;
      await this.vault.forget(tenantId, revocationPlace(connectionId), tx);
      await tx.query(`UPDATE revocation_parts SET outcome = $3 WHERE tenant_id = $1 AND connection_id = $2`, [
        tenantId,
        connectionId,
        revocation,
      ]);
      const action = 'connection.revoked';
      await this.audit.record(tx, tenantId, { actor, action, subject: connectionId, details: { revocation } });
    });
  }
}
