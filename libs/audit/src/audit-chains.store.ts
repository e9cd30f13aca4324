import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { AuditChain } from './audit-chain.entity.js';
import { CHAIN_START, entryHash, type LinkedFacts } from './entry-hash.js';

/** A chain that has grown has a new checkpoint within this. */
const CHECKPOINT_SECONDS = 600;
/** It has one sooner when it has grown by so many links. */
const CHECKPOINT_LINKS = 1000;

/** An entry in its place in the chain, as its row says. */
export interface Link extends LinkedFacts {
  sequence: number;
  previousHash: Buffer;
  hash: Buffer;
}

export type ChainEnd = Pick<AuditChain, 'sequence' | 'hash'>;

const ENTRY = `tenant_id AS "tenantId", id, at, actor, address, request_id AS "requestId", action, subject, details`;

/** Rows of chains. Entries are written without a place in the chain, which would make all that a tenant does wait for its head; this gives them one. */
@Injectable()
export class AuditChains {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Across tenants: those with entries that have no place yet. It jumps from tenant to tenant in the index, however many entries each has. */
  async tenantsWithUnchained(limit: number): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ id: TenantId }>(
      `WITH RECURSIVE turns AS (
         (SELECT tenant_id AS id FROM audit_entries WHERE sequence IS NULL ORDER BY tenant_id LIMIT 1)
         UNION ALL
         SELECT (SELECT entry.tenant_id FROM audit_entries entry WHERE entry.sequence IS NULL AND entry.tenant_id > turns.id
                  ORDER BY entry.tenant_id LIMIT 1)
           FROM turns WHERE turns.id IS NOT NULL)
       SELECT id FROM turns WHERE id IS NOT NULL LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Gives entries their place, oldest first, behind those that have one. An entry that is committed later than younger ones comes after them.
   * @returns how many; null when another worker is at this chain
   */
  async extend(tenantId: TenantId, limit: number): Promise<number | null> {
    return this.database.of(tenantId).transaction(async (tx) => {
      const end = await this.#lock(tx, tenantId);
      if (!end) return null;
      const entries = await tx.query<LinkedFacts>(
        `SELECT ${ENTRY} FROM audit_entries WHERE tenant_id = $1 AND sequence IS NULL ORDER BY id LIMIT $2`,
        [tenantId, limit],
      );
      if (entries.length === 0) return 0;
      const links = linkAll(end, entries);
      await this.#write(tx, tenantId, links);
      await this.#moveEnd(tx, tenantId, end.checkpointSequence, links.at(-1) ?? end);
      return links.length;
    });
  }

  async end(tenantId: TenantId): Promise<ChainEnd | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<ChainEnd>(`SELECT sequence, hash FROM audit_chains WHERE tenant_id = $1`, [tenantId]);
    return row ?? null;
  }

  /** In order, behind `after`. */
  links(tenantId: TenantId, after: number, limit: number): Promise<Link[]> {
    return this.database.of(tenantId).query<Link>(
      `SELECT ${ENTRY}, sequence, previous_hash AS "previousHash", hash FROM audit_entries
        WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [tenantId, after, limit],
    );
  }

  async hasLinkOf(tenantId: TenantId, hash: Buffer): Promise<boolean> {
    const rows = await this.database
      .of(tenantId)
      .query(`SELECT 1 FROM audit_entries WHERE tenant_id = $1 AND hash = $2 LIMIT 1`, [tenantId, hash]);
    return rows.length > 0;
  }

  async countUnchained(tenantId: TenantId): Promise<number> {
    const [row] = await this.database
      .of(tenantId)
      .query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM audit_entries WHERE tenant_id = $1 AND sequence IS NULL`,
        [tenantId],
      );
    return row?.count ?? 0;
  }

  /** A link that stands behind the end of its chain: nobody of us put it there. In one statement, since the chain may grow at this moment. */
  async behindEnd(tenantId: TenantId): Promise<Pick<Link, 'id' | 'sequence'> | null> {
    const [row] = await this.database.of(tenantId).query<Pick<Link, 'id' | 'sequence'>>(
      `SELECT id, sequence FROM audit_entries WHERE tenant_id = $1
          AND sequence > COALESCE((SELECT sequence FROM audit_chains WHERE tenant_id = $1), 0) ORDER BY sequence LIMIT 1`,
      [tenantId],
    );
    return row ?? null;
  }

  async #lock(tx: Transaction, tenantId: TenantId): Promise<AuditChain | undefined> {
    await tx.query(`INSERT INTO audit_chains (tenant_id, hash) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING`, [
      tenantId,
      CHAIN_START,
    ]);
    const [chain] = await tx.query<AuditChain>(
      `SELECT sequence, hash, checkpoint_sequence AS "checkpointSequence" FROM audit_chains
        WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED`,
      [tenantId],
    );
    return chain;
  }

  async #write(tx: Transaction, tenantId: TenantId, links: readonly Link[]): Promise<void> {
    await tx.query(
      `UPDATE audit_entries entry SET sequence = link.sequence, previous_hash = link.previous, hash = link.hash
         FROM unnest($2::uuid[], $3::integer[], $4::bytea[], $5::bytea[]) AS link (id, sequence, previous, hash)
        WHERE entry.tenant_id = $1 AND entry.id = ANY ($2) AND entry.id = link.id`,
      [
        tenantId,
        links.map(({ id }) => id),
        links.map(({ sequence }) => sequence),
        links.map(({ previousHash }) => previousHash),
        links.map(({ hash }) => hash),
      ],
    );
  }

  async #moveEnd(tx: Transaction, tenantId: TenantId, checkpoint: number, { sequence, hash }: ChainEnd): Promise<void> {
    const now = this.clock.now();
    const dueAt = sequence - checkpoint >= CHECKPOINT_LINKS ? now : secondsAfter(now, CHECKPOINT_SECONDS);
    await tx.query(
      `UPDATE audit_chains SET sequence = $2, hash = $3, checkpoint_due_at = LEAST(checkpoint_due_at, $4) WHERE tenant_id = $1`,
      [tenantId, sequence, hash, dueAt],
    );
  }
}

function linkAll(end: ChainEnd, entries: readonly LinkedFacts[]): Link[] {
  let { sequence, hash: previousHash } = end;
  return entries.map((entry) => {
    const link = { ...entry, sequence: (sequence += 1), previousHash, hash: entryHash(previousHash, entry) };
    previousHash = link.hash;
    return link;
  });
}
