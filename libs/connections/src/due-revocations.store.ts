import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import type { Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { revocationPlace, TO_REVOKE } from './connection-secrets.js';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import type { DueRevocation } from './due-revocation.entity.js';
import type { RevocationOutcome } from './revocations.js';

/** Longer than one revocation takes: whoever has not reported by then is not there any more. */
const LEASE_SECONDS = 60;

const columns = `tenant_id AS "tenantId", connection_id AS "connectionId", app_id AS "appId", actor, address, due_at AS "dueAt"`;

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
    credentials: Secret<Credentials>,
    { name, address }: Actor,
    startsAt = secondsAfter(this.clock.now(), LEASE_SECONDS),
  ): Promise<void> {
    await tx.query(
      `INSERT INTO due_revocations (tenant_id, connection_id, app_id, actor, address, due_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [tenantId, id, appId, name, address, startsAt],
    );
    const { kind } = credentials.reveal();
    if (kind === 'oauth2' || kind === 'upstream') await this.vault.put(tenantId, revocationPlace(id), credentials, tx);
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

  /** Across tenants: those that nobody has ended in time. */
  claim(limit: number): Promise<DueRevocation[]> {
    const now = this.clock.now();
    return this.database.overTenants.query<DueRevocation>(
      `UPDATE due_revocations SET due_at = $2
        WHERE (tenant_id, connection_id) IN (
          SELECT tenant_id, connection_id FROM due_revocations WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING ${columns}`,
      [now, secondsAfter(now, LEASE_SECONDS), limit],
    );
  }

  /** Null when there is nothing to revoke. */
  async credentials({ tenantId, connectionId }: DueRevocation): Promise<Secret<Credentials> | null> {
    return (await this.vault.get<Credentials>(tenantId, revocationPlace(connectionId)))?.value ?? null;
  }

  async end(tenantId: TenantId, connectionId: string, actor: Actor, revocation: RevocationOutcome): Promise<void> {
    await this.database.of(tenantId).transaction(async (tx) => {
      const rows = await tx.query(
        `DELETE FROM due_revocations WHERE tenant_id = $1 AND connection_id = $2 RETURNING connection_id`,
        [tenantId, connectionId],
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
