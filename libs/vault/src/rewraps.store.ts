import { Injectable } from '@nestjs/common';
import { Database, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { PLATFORM } from '#libs/tenants';
import type { Rewrapped } from './data-key-rewrap.js';
import type { Rewrap, RewrapKind } from './rewrap.entity.js';

export type RewrapJob = Omit<Rewrap, 'tenantId'>;

export interface RewrapProgress {
  total: number;
  done: number;
  failed: number;
  /** Tenants that are not finished. */
  open: number;
}

export interface RewrapTurn {
  tenantId: TenantId;
  generation: number | null;
  afterPlace: string[] | null;
  failed: number;
}

const COLUMNS = `id, data_keys AS "dataKeys", key_id AS "keyId", started_at AS "startedAt", finished_at AS "finishedAt", state`;

/** How many data keys, or secrets where those are sealed anew, each tenant has. */
const TOTALS: Record<RewrapKind, string> = {
  keep: `SELECT tenant_id, count(*)::integer AS total FROM data_keys WHERE wrapped IS NOT NULL AND key_id <> $1 GROUP BY tenant_id`,
  replace: `SELECT tenant_id, (SELECT count(*)::integer FROM vault_secrets secret WHERE secret.tenant_id = owner.tenant_id) AS total
              FROM (SELECT DISTINCT tenant_id FROM data_keys WHERE wrapped IS NOT NULL AND $1::text IS NOT NULL) AS owner`,
};

/** Rows of rewraps: one for all of it, and one for each tenant. */
@Injectable()
export class RewrapStore {
  constructor(private readonly database: Database) {}

  /** The running one, else the last. */
  async latest(database: Queryable = this.database.overTenants): Promise<RewrapJob | undefined> {
    const [job] = await database.query<RewrapJob>(
      `SELECT ${COLUMNS} FROM rewraps WHERE tenant_id = $1 ORDER BY (state = 'running') DESC, started_at DESC, id DESC LIMIT 1`,
      [PLATFORM],
    );
    return job;
  }

  async running(): Promise<RewrapJob | undefined> {
    const [job] = await this.database.overTenants.query<RewrapJob>(
      `SELECT ${COLUMNS} FROM rewraps WHERE tenant_id = $1 AND state = 'running'`,
      [PLATFORM],
    );
    return job;
  }

  /** Across tenants. */
  async plannedTotal(kind: RewrapKind, keyId: string): Promise<number> {
    const [row] = await this.database.overTenants.query<{ total: number }>(
      `SELECT coalesce(sum(total), 0)::integer AS total FROM (${TOTALS[kind]}) AS planned`,
      [keyId],
    );
    return row?.total ?? 0;
  }

  /** @returns false when one is running */
  async insert(job: Pick<RewrapJob, 'id' | 'dataKeys' | 'keyId' | 'startedAt'>, tx: Transaction): Promise<boolean> {
    const { id, dataKeys, keyId, startedAt } = job;
    const rows = await tx.query(
      `INSERT INTO rewraps (tenant_id, id, data_keys, key_id, started_at, state) VALUES ($1, $2, $3, $4, $5, 'running')
       ON CONFLICT DO NOTHING RETURNING id`,
      [PLATFORM, id, dataKeys, keyId, startedAt],
    );
    if (rows.length === 0) return false;
    await tx.query(`DELETE FROM rewrap_parts WHERE rewrap_id <> $1`, [id]);
    await tx.query(
      `INSERT INTO rewrap_parts (tenant_id, rewrap_id, total, due_at)
       SELECT tenant_id, $2::uuid, total, $3::timestamptz FROM (${TOTALS[dataKeys]}) AS planned`,
      [keyId, id, startedAt],
    );
    return true;
  }

  async progress(id: string, database: Queryable = this.database.overTenants): Promise<RewrapProgress> {
    const [row] = await database.query<RewrapProgress>(
      `SELECT coalesce(sum(total), 0)::integer AS total, coalesce(sum(least(done, total)), 0)::integer AS done,
              coalesce(sum(failed), 0)::integer AS failed, (count(*) FILTER (WHERE finished_at IS NULL))::integer AS open
         FROM rewrap_parts WHERE rewrap_id = $1`,
      [id],
    );
    return row ?? { total: 0, done: 0, failed: 0, open: 0 };
  }

  /** Across tenants: a hint of where to look. */
  async due(id: string, now: Date, limit: number): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ tenantId: TenantId }>(
      `SELECT tenant_id AS "tenantId" FROM rewrap_parts WHERE rewrap_id = $1 AND finished_at IS NULL AND due_at <= $2
        ORDER BY due_at LIMIT $3`,
      [id, now, limit],
    );
    return rows.map(({ tenantId }) => tenantId);
  }

  /** @returns undefined when another worker is at it, or when it is finished */
  async lock(id: string, tenantId: TenantId, now: Date, tx: Transaction): Promise<RewrapTurn | undefined> {
    const [turn] = await tx.query<RewrapTurn>(
      `SELECT tenant_id AS "tenantId", generation, after_place AS "afterPlace", failed FROM rewrap_parts
        WHERE tenant_id = $1 AND rewrap_id = $2 AND finished_at IS NULL AND due_at <= $3 FOR UPDATE SKIP LOCKED`,
      [tenantId, id, now],
    );
    return turn;
  }

  async advance(
    id: string,
    { tenantId, generation, afterPlace }: RewrapTurn,
    { done, failed, dueAt }: { done: number; failed: number; dueAt: Date },
    tx: Transaction,
  ): Promise<void> {
    await tx.query(
      `UPDATE rewrap_parts SET generation = $3, after_place = $4, done = done + $5, failed = failed + $6, due_at = $7
        WHERE tenant_id = $1 AND rewrap_id = $2`,
      [tenantId, id, generation, afterPlace, done, failed, dueAt],
    );
  }

  /** Once more from the first secret: some were written under an older key after they had been passed. */
  async startOver(id: string, tenantId: TenantId, tx: Transaction): Promise<void> {
    await tx.query(
      `UPDATE rewrap_parts SET after_place = NULL, done = 0, failed = 0 WHERE tenant_id = $1 AND rewrap_id = $2`,
      [tenantId, id],
    );
  }

  async postpone(id: string, tenantId: TenantId, dueAt: Date): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`UPDATE rewrap_parts SET due_at = $3 WHERE tenant_id = $1 AND rewrap_id = $2`, [tenantId, id, dueAt]);
  }

  /** As finishPart, of parts that are done at one go. */
  async finishParts(id: string, results: readonly Rewrapped[], now: Date, tx: Transaction): Promise<void> {
    await tx.query(
      `UPDATE rewrap_parts AS part SET finished_at = $2, done = result.done, failed = result.failed
         FROM (SELECT open.tenant_id, counted.done, counted.failed
                 FROM rewrap_parts AS open
                 JOIN unnest($3::uuid[], $4::integer[], $5::integer[]) AS counted (tenant_id, done, failed) USING (tenant_id)
                WHERE open.rewrap_id = $1 AND open.finished_at IS NULL
                  FOR UPDATE OF open SKIP LOCKED) AS result
        WHERE part.rewrap_id = $1 AND part.tenant_id = result.tenant_id`,
      [
        id,
        now,
        results.map(({ tenantId }) => tenantId),
        results.map(({ done }) => done),
        results.map(({ failed }) => failed),
      ],
    );
  }

  async finishPart(id: string, tenantId: TenantId, now: Date, tx: Transaction): Promise<void> {
    await tx.query(`UPDATE rewrap_parts SET finished_at = $3 WHERE tenant_id = $1 AND rewrap_id = $2`, [
      tenantId,
      id,
      now,
    ]);
  }

  /** Tenants with data keys under another key of the ring, made by a process that has not been restarted yet. @returns how many */
  async reopen({ id, keyId }: Pick<RewrapJob, 'id' | 'keyId'>, now: Date): Promise<number> {
    const rows = await this.database.overTenants.query(
      `INSERT INTO rewrap_parts AS part (tenant_id, rewrap_id, total, due_at)
       SELECT tenant_id, $1::uuid, count(*)::integer, $3::timestamptz FROM data_keys
        WHERE wrapped IS NOT NULL AND key_id <> $2 GROUP BY tenant_id
       ON CONFLICT (tenant_id, rewrap_id) DO UPDATE SET finished_at = NULL, due_at = EXCLUDED.due_at
        WHERE part.failed = 0
       RETURNING tenant_id`,
      [id, keyId, now],
    );
    return rows.length;
  }

  /** @returns false when another worker did it */
  async end(id: string, state: 'finished' | 'abandoned', now: Date, tx: Transaction): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE rewraps SET state = $3, finished_at = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'running' RETURNING id`,
      [PLATFORM, id, state, now],
    );
    return rows.length > 0;
  }
}
