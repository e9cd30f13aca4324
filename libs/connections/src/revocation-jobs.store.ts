import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Database, isUuid, newId, Wakeups, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { RevocationJob } from './revocation-job.entity.js';
import type { RevocationPart } from './revocation-part.entity.js';

const KEPT_SECONDS = 90 * 86_400;
/** Between two batches others leave a job alone for so long; while one lasts, its lock keeps them off. */
const LEASE_SECONDS = 5;

/** Which connections: what is not named is not asked for. */
export type RevocationFilter = Pick<RevocationJob, 'appId' | 'org' | 'subject' | 'before'>;

export interface AppCount {
  /** The app's key. */
  app: string;
  count: number;
}

export interface OutcomeCount extends AppCount {
  outcome: RevocationPart['outcome'];
}

export type ListedRevocationJob = Omit<RevocationJob, 'dueAt' | 'after'> & { app: string | null };

/** Of `connections c` of `users owner`, in the order of `filterOf`. Pending ones too: they hold credentials as others do. */
export const MATCHING = `c.tenant_id = $1 AND c.status <> 'deleted' AND ($2::uuid IS NULL OR c.app_id = $2)
  AND ($3::text IS NULL OR owner.org = $3) AND ($4::text IS NULL OR owner.subject = $4)
  AND ($5::timestamptz IS NULL OR c.created_at < $5)`;
export const OWNED = `connections c JOIN users owner ON owner.tenant_id = c.tenant_id AND owner.id = c.user_id`;

export function filterOf(tenantId: TenantId, { appId, org, subject, before }: RevocationFilter): unknown[] {
  return [tenantId, appId, org, subject, before];
}

const JOB = `job.tenant_id AS "tenantId", job.id, job.app_id AS "appId", job.org, job.subject, job.before, job.state, job.total,
  job.disconnected, job.actor, job.address, job.request_id AS "requestId", job.created_at AS "createdAt", job.finished_at AS "finishedAt"`;
const LISTED = `SELECT ${JOB}, app.key AS app FROM revocation_jobs job LEFT JOIN apps app ON app.id = job.app_id`;

/** Rows of mass disconnections. */
@Injectable()
export class RevocationJobs {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /** Of an app that there is a connection of. @param name key or id */
  async appId(tenantId: TenantId, name: string): Promise<string | null> {
    const [row] = await this.database.of(tenantId).query<{ id: string }>(
      `SELECT app.id FROM apps app WHERE (app.key = $2 OR app.id::text = lower($2))
          AND EXISTS (SELECT 1 FROM connections WHERE tenant_id = $1 AND app_id = app.id) LIMIT 1`,
      [tenantId, name],
    );
    return row?.id ?? null;
  }

  /** Of all apps that there are connections of. */
  async appIds(tenantId: TenantId): Promise<string[]> {
    const rows = await this.database
      .of(tenantId)
      .query<{ appId: string }>(
        `SELECT DISTINCT app_id AS "appId" FROM connections WHERE tenant_id = $1 AND status <> 'deleted'`,
        [tenantId],
      );
    return rows.map(({ appId }) => appId);
  }

  /** How many there are of each app. */
  count(
    tenantId: TenantId,
    filter: RevocationFilter,
    database: Queryable = this.database.of(tenantId),
  ): Promise<AppCount[]> {
    return database.query<AppCount>(
      `SELECT app.key AS app, count(*)::integer AS count FROM ${OWNED} JOIN apps app ON app.id = c.app_id
        WHERE ${MATCHING} GROUP BY app.key ORDER BY app.key`,
      filterOf(tenantId, filter),
    );
  }

  /** From its commit on workers do it, whatever becomes of us. @returns its id */
  async start(tenantId: TenantId, filter: RevocationFilter, actor: Actor): Promise<string> {
    const id = newId();
    const now = this.clock.now();
    await this.database.of(tenantId).transaction(async (tx) => {
      const counts = await this.count(tenantId, filter, tx);
      const total = counts.reduce((sum, { count }) => sum + count, 0);
      await tx.query(
        `INSERT INTO revocation_jobs (tenant_id, id, app_id, org, subject, before, state, total, actor, address, request_id, created_at, due_at)
         VALUES ($1, $6, $2, $3, $4, $5, 'running', $7, $8, $9, $10, $11, $11)`,
        [...filterOf(tenantId, filter), id, total, actor.name, actor.address, actor.requestId ?? null, now],
      );
      const details = {
        app: filter.appId,
        org: filter.org,
        user: filter.subject,
        before: filter.before?.toISOString(),
      };
      await this.audit.record(tx, tenantId, {
        actor,
        action: 'revocation.started',
        subject: id,
        details: { ...details, before: details.before ?? null, total },
      });
      await this.wakeups.notify(tx, 'revocation_jobs');
    });
    return id;
  }

  /** @param id any text */
  async find(tenantId: TenantId, id: string): Promise<ListedRevocationJob | null> {
    if (!isUuid(id)) return null;
    const [job] = await this.database
      .of(tenantId)
      .query<ListedRevocationJob>(`${LISTED} WHERE job.tenant_id = $1 AND job.id = $2`, [tenantId, id]);
    return job ?? null;
  }

  /** Newest first. */
  list(tenantId: TenantId, before: string | undefined, limit: number): Promise<ListedRevocationJob[]> {
    return this.database
      .of(tenantId)
      .query<ListedRevocationJob>(
        `${LISTED} WHERE job.tenant_id = $1 AND ($2::uuid IS NULL OR job.id < $2) ORDER BY job.id DESC LIMIT $3`,
        [tenantId, before ?? null, limit],
      );
  }

  outcomes(tenantId: TenantId, id: string): Promise<OutcomeCount[]> {
    return this.database.of(tenantId).query<OutcomeCount>(
      `SELECT app.key AS app, part.outcome, part.count FROM (
         SELECT app_id, outcome, count(*)::integer AS count FROM revocation_parts WHERE tenant_id = $1 AND job_id = $2
          GROUP BY app_id, outcome) part JOIN apps app ON app.id = part.app_id ORDER BY app.key, part.outcome`,
      [tenantId, id],
    );
  }

  /** Across tenants: those that wait longest, which others then pass over for a moment. */
  claim(limit: number): Promise<Pick<RevocationJob, 'tenantId' | 'id'>[]> {
    return this.database.overTenants.query<Pick<RevocationJob, 'tenantId' | 'id'>>(
      `UPDATE revocation_jobs SET due_at = $2
        WHERE due_at <= $1
          AND ctid = ANY (ARRAY(
                SELECT ctid FROM revocation_jobs WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING tenant_id AS "tenantId", id`,
      [this.clock.now(), this.#leaseEnd(), limit],
    );
  }

  /** Held for as long as the batch lasts: only who holds it disconnects, whoever has claimed the job. @returns null when it is another's */
  async lock(tx: Transaction, tenantId: TenantId, id: string): Promise<RevocationJob | null> {
    const [job] = await tx.query<RevocationJob>(
      `SELECT ${JOB}, job.after FROM revocation_jobs job WHERE tenant_id = $1 AND id = $2 AND state = 'running' FOR UPDATE SKIP LOCKED`,
      [tenantId, id],
    );
    return job ?? null;
  }

  async advance(tx: Transaction, job: RevocationJob, after: string | null, disconnected: number): Promise<void> {
    await tx.query(
      `UPDATE revocation_jobs SET after = $3, disconnected = disconnected + $4, due_at = $5 WHERE tenant_id = $1 AND id = $2`,
      [job.tenantId, job.id, after, disconnected, this.#leaseEnd()],
    );
  }

  async addParts(tx: Transaction, job: RevocationJob, parts: readonly Omit<RevocationPart, 'tenantId' | 'jobId'>[]) {
    await tx.query(
      `INSERT INTO revocation_parts (tenant_id, job_id, connection_id, app_id, outcome)
       SELECT $1, $2, made.connection_id, made.app_id, made.outcome
         FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS made (connection_id, app_id, outcome)`,
      [
        job.tenantId,
        job.id,
        parts.map(({ connectionId }) => connectionId),
        parts.map(({ appId }) => appId),
        parts.map(({ outcome }) => outcome),
      ],
    );
  }

  async finish(tx: Transaction, { tenantId, id, actor: name, address, disconnected }: RevocationJob): Promise<void> {
    await tx.query(
      `UPDATE revocation_jobs SET state = 'done', finished_at = $3, due_at = NULL WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, this.clock.now()],
    );
    const details = { disconnected };
    await this.audit.record(tx, tenantId, {
      actor: { name, address },
      action: 'revocation.finished',
      subject: id,
      details,
    });
  }

  /** Behind all that is due by then. */
  async postpone(tenantId: TenantId, id: string, seconds: number): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`UPDATE revocation_jobs SET due_at = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'running'`, [
        tenantId,
        id,
        secondsAfter(this.clock.now(), seconds),
      ]);
  }

  /** Across tenants, for the retention loop: the outcomes first, then what they are of. @returns how many rows it took */
  async deleteExpired(limit: number): Promise<number> {
    const old = secondsAfter(this.clock.now(), -KEPT_SECONDS);
    const parts = await this.database.overTenants.query(
      `DELETE FROM revocation_parts WHERE ctid = ANY (ARRAY(
         SELECT part.ctid FROM revocation_jobs job
           JOIN revocation_parts part ON part.tenant_id = job.tenant_id AND part.job_id = job.id
          WHERE job.finished_at < $1 LIMIT $2 FOR UPDATE OF part SKIP LOCKED)) RETURNING 1`,
      [old, limit],
    );
    if (parts.length > 0) return parts.length;
    const jobs = await this.database.overTenants.query(
      `DELETE FROM revocation_jobs WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM revocation_jobs WHERE finished_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [old, limit],
    );
    return jobs.length;
  }

  #leaseEnd(): Date {
    return secondsAfter(this.clock.now(), LEASE_SECONDS);
  }
}
