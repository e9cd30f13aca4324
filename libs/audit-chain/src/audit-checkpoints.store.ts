import { Injectable } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { AuditCheckpoint } from './audit-checkpoint.entity.js';
import type { Statement } from './checkpoint-statements.js';

/** Whoever has not signed by then is not there any more, or could not. */
const LEASE_SECONDS = 60;
/** Until the next one, of a chain that grew while this one was signed. */
const NEXT_SECONDS = 600;

const columns = `tenant_id AS "tenantId", sequence, at, statement`;

export interface DueCheckpoint extends Statement {
  /** What the checkpoint before covers. */
  coveredTo: number;
}

/** Rows of checkpoints, and which chains are to have one. */
@Injectable()
export class AuditCheckpoints {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Across tenants: chains that have grown since their last checkpoint. */
  claim(limit: number): Promise<DueCheckpoint[]> {
    const now = this.clock.now();
    return this.database.overTenants.query<DueCheckpoint>(
      `UPDATE audit_chains SET checkpoint_due_at = $2
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM audit_chains WHERE checkpoint_due_at <= $1
                                 ORDER BY checkpoint_due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING tenant_id AS "tenantId", sequence, hash, checkpoint_sequence AS "coveredTo"`,
      [now, secondsAfter(now, LEASE_SECONDS), limit],
    );
  }

  async add({ tenantId, sequence }: Statement, statement: string): Promise<void> {
    const now = this.clock.now();
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.query(
        `INSERT INTO audit_checkpoints (tenant_id, sequence, at, statement) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, sequence) DO NOTHING`,
        [tenantId, sequence, now, statement],
      );
      await tx.query(
        `UPDATE audit_chains SET checkpoint_sequence = GREATEST(checkpoint_sequence, $2),
                checkpoint_due_at = CASE WHEN sequence > $2 THEN $3::timestamptz END
          WHERE tenant_id = $1`,
        [tenantId, sequence, secondsAfter(now, NEXT_SECONDS)],
      );
    });
  }

  async newest(tenantId: TenantId): Promise<AuditCheckpoint | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<AuditCheckpoint>(
        `SELECT ${columns} FROM audit_checkpoints WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 1`,
        [tenantId],
      );
    return row ?? null;
  }

  /** Behind `after`, up to `upTo`, in order of the chain. */
  between(tenantId: TenantId, after: number, upTo: number): Promise<AuditCheckpoint[]> {
    return this.database
      .of(tenantId)
      .query<AuditCheckpoint>(
        `SELECT ${columns} FROM audit_checkpoints WHERE tenant_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence`,
        [tenantId, after, upTo],
      );
  }

  async hash(tenantId: TenantId, sequence: number): Promise<Buffer | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<{ hash: Buffer }>(`SELECT hash FROM audit_entries WHERE tenant_id = $1 AND sequence = $2`, [
        tenantId,
        sequence,
      ]);
    return row?.hash ?? null;
  }

  /** Across tenants, in order: all that were ever on record. @param after the last one of the page before */
  async owners(after: string, limit: number): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ tenantId: TenantId }>(
      `SELECT tenant_id AS "tenantId" FROM audit_chains WHERE tenant_id > $1
        UNION SELECT tenant_id FROM audit_checkpoints WHERE tenant_id > $1 ORDER BY 1 LIMIT $2`,
      [after, limit],
    );
    return rows.map(({ tenantId }) => tenantId);
  }
}
