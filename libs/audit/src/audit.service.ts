import { Injectable } from '@nestjs/common';
import { Database, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import type { Actor } from './actor.js';
import type { AuditAction } from './audit-action.js';
import type { AuditDetails, AuditEntry } from './audit-entry.entity.js';

export interface NewAuditEntry {
  actor: Actor;
  action: AuditAction;
  subject?: string;
  /** Never a secret: see AuditDetails. */
  details?: AuditDetails;
}

interface AuditFilter {
  action?: AuditAction | undefined;
  subject?: string | undefined;
  /** A uuid: only entries older than this one. */
  before?: string | undefined;
  limit: number;
}

/** What was done to a tenant, and by whom. Entries are added and read; nothing here changes one or takes it away. */
@Injectable()
export class Audit {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Writes in the caller's transaction: what was done and the entry that says so stand or fall together. */
  async record(
    tx: Transaction,
    tenantId: TenantId,
    { actor, action, subject, details = {} }: NewAuditEntry,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, address, action, subject, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tenantId, newId(), this.clock.now(), actor.name, actor.address, action, subject ?? null, details],
    );
  }

  /** Newest first. By id rather than by time, which several entries may share: a page that starts behind one misses and repeats none. */
  list(tenantId: TenantId, { action, subject, before, limit }: AuditFilter): Promise<AuditEntry[]> {
    return this.database.query<AuditEntry>(
      `SELECT tenant_id AS "tenantId", id, at, actor, address, action, subject, details FROM audit_entries
        WHERE tenant_id = $1 AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR subject = $3)
          AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5`,
      [tenantId, action ?? null, subject ?? null, before ?? null, limit],
    );
  }
}
