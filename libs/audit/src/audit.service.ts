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

/** As it was recorded: its place in the chain comes later, and is of no interest but to who verifies it. */
export type RecordedEntry = Omit<AuditEntry, 'sequence' | 'previousHash' | 'hash'>;

export interface AuditFilter {
  action?: AuditAction | undefined;
  subject?: string | undefined;
  actor?: string | undefined;
  /** From this time on. */
  since?: Date | undefined;
  /** Up to this time, and without it. */
  until?: Date | undefined;
}

interface AuditPage extends AuditFilter {
  /** A uuid: only entries older than this one. */
  before?: string | undefined;
  limit: number;
}

const EXPORTED_AT_ONCE = 1000;
/** Before every entry. */
const FIRST = '00000000-0000-0000-0000-000000000000';

const COLUMNS = `tenant_id AS "tenantId", id, at, actor, address, request_id AS "requestId", action, subject, details`;
const MATCHING = `tenant_id = $1 AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR subject = $3)
  AND ($4::text IS NULL OR actor = $4) AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)`;

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
      `INSERT INTO audit_entries (tenant_id, id, at, actor, address, action, subject, details, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        tenantId,
        newId(),
        this.clock.now(),
        actor.name,
        actor.address,
        action,
        subject ?? null,
        details,
        actor.requestId ?? null,
      ],
    );
  }

  /** As `record`, the same action on several subjects. */
  async recordEach(
    tx: Transaction,
    tenantId: TenantId,
    { actor, action }: Pick<NewAuditEntry, 'actor' | 'action'>,
    entries: readonly { subject: string; details: AuditDetails }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    await tx.query(
      `INSERT INTO audit_entries (tenant_id, id, at, actor, address, action, request_id, subject, details)
       SELECT $1, made.id, $3, $4, $5, $6, $7, made.subject, made.details::jsonb
         FROM unnest($2::uuid[], $8::text[], $9::text[]) AS made (id, subject, details)`,
      [
        tenantId,
        entries.map(() => newId()),
        this.clock.now(),
        actor.name,
        actor.address,
        action,
        actor.requestId ?? null,
        entries.map(({ subject }) => subject),
        entries.map(({ details }) => JSON.stringify(details)),
      ],
    );
  }

  /** Newest first. By id rather than by time, which several entries may share: a page that starts behind one misses and repeats none. */
  list(tenantId: TenantId, { before, limit, ...filter }: AuditPage): Promise<RecordedEntry[]> {
    return this.database
      .of(tenantId)
      .query<RecordedEntry>(
        `SELECT ${COLUMNS} FROM audit_entries WHERE ${MATCHING} AND ($7::uuid IS NULL OR id < $7) ORDER BY id DESC LIMIT $8`,
        [...matching(tenantId, filter), before ?? null, limit],
      );
  }

  /** All of them, oldest first, with their places in the chain: whoever keeps them can follow it. As they are read, a page at a time. */
  async *export(tenantId: TenantId, filter: AuditFilter): AsyncGenerator<AuditEntry> {
    let after = FIRST;
    for (;;) {
      const entries = await this.database.of(tenantId).query<AuditEntry>(
        `SELECT ${COLUMNS}, sequence, previous_hash AS "previousHash", hash FROM audit_entries
          WHERE ${MATCHING} AND id > $7 ORDER BY id LIMIT $8`,
        [...matching(tenantId, filter), after, EXPORTED_AT_ONCE],
      );
      yield* entries;
      if (entries.length < EXPORTED_AT_ONCE) return;
      after = entries.at(-1)?.id ?? after;
    }
  }
}

function matching(tenantId: TenantId, { action, subject, actor, since, until }: AuditFilter): unknown[] {
  return [tenantId, action ?? null, subject ?? null, actor ?? null, since ?? null, until ?? null];
}
