import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import type { DisabledKind } from '#libs/tenants';

/** Clocks of processes differ by less: one that is ahead may just have issued something of a later time. */
const CLOCK_MARGIN_MILLISECONDS = 5000;

/** What an end takes with it, and by which column it knows its age. */
const ENDED = { authorization_grants: 'created_at', consents: 'given_at' } as const;

const IS_OF: Record<DisabledKind, string> = {
  user: 'user_id = $2::text::uuid',
  client: 'client_id = $2::text',
  tenant: 'tenant_id = $2::text::uuid',
};

/**
 * The condition that a grant or a consent is not over with its user, client or tenant.
 * @param row its name in the statement
 * @param since its column that says when it was made
 */
export function isNotOver(row: string, since: 'created_at' | 'given_at'): string {
  return `NOT EXISTS (
    SELECT 1 FROM authorization_ends over
     WHERE over.tenant_id = ${row}.tenant_id AND over.ended_at > ${row}.${since}
       AND (over.kind, over.subject) IN (('user', ${row}.user_id::text), ('client', ${row}.client_id), ('tenant', ${row}.tenant_id::text)))`;
}

interface Unswept {
  tenantId: TenantId;
  kind: DisabledKind;
  subject: string;
  endedAt: Date;
}

/** Ends all that was allowed to or by somebody, with one row. */
@Injectable()
export class AuthorizationEnds {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called with the row of the tenant, client or user locked, when it is disabled and when it is enabled again.
   * @param isOver whether it is being enabled. Being disabled, it also takes what a process whose clock is ahead has just made
   * @returns the time before which everything is over: later each time
   */
  async put(
    tenantId: TenantId,
    { kind, id, isOver }: { kind: DisabledKind; id: string; isOver: boolean },
    tx: Transaction,
  ): Promise<Date> {
    const [before] = await tx.query<{ endedAt: Date }>(
      `SELECT ended_at AS "endedAt" FROM authorization_ends WHERE tenant_id = $1 AND kind = $2 AND subject = $3`,
      [tenantId, kind, id],
    );
    const now = this.clock.now().getTime() + (isOver ? 1 : CLOCK_MARGIN_MILLISECONDS);
    const endedAt = new Date(Math.max(now, (before?.endedAt.getTime() ?? 0) + 1));
    await tx.query(
      `INSERT INTO authorization_ends (tenant_id, kind, subject, ended_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, kind, subject) DO UPDATE SET ended_at = EXCLUDED.ended_at, swept = false`,
      [tenantId, kind, id, endedAt],
    );
    return endedAt;
  }

  /** Grants and consents that are over, with their codes and refresh tokens. Across tenants: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const [unswept] = await this.database.overTenants.query<Unswept>(
      `SELECT tenant_id AS "tenantId", kind, subject, ended_at AS "endedAt" FROM authorization_ends
        WHERE NOT swept AND ended_at < $1 ORDER BY ended_at LIMIT 1`,
      [this.clock.now()],
    );
    if (!unswept) return 0;
    const deleted = await Promise.all([
      this.#delete('authorization_grants', unswept, limit),
      this.#delete('consents', unswept, limit),
    ]);
    if (deleted.every((count) => count < limit)) await this.#setSwept(unswept);
    // As if the batch were full: there may be another end behind this one.
    return limit;
  }

  async #delete(
    table: keyof typeof ENDED,
    { tenantId, kind, subject, endedAt }: Unswept,
    limit: number,
  ): Promise<number> {
    const rows = await this.database.of(tenantId).query(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE tenant_id = $1 AND ${IS_OF[kind]} AND ${ENDED[table]} < $3
          LIMIT $4 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [tenantId, subject, endedAt, limit],
    );
    return rows.length;
  }

  /** Unless something is left, which somebody held just now. */
  async #setSwept({ tenantId, kind, subject, endedAt }: Unswept): Promise<void> {
    const left = Object.entries(ENDED).map(
      ([table, since]) => `SELECT 1 FROM ${table} WHERE tenant_id = $1 AND ${IS_OF[kind]} AND ${since} < $3`,
    );
    await this.database.of(tenantId).query(
      `UPDATE authorization_ends SET swept = true
        WHERE tenant_id = $1 AND kind = $4 AND subject = $2::text AND ended_at = $3 AND NOT EXISTS (${left.join(' UNION ALL ')})`,
      [tenantId, subject, endedAt, kind],
    );
  }
}
