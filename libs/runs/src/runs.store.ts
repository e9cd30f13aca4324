import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, Wakeups, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { RunJob } from './run-job.entity.js';
import type { RunOutcome } from './run-outcome.js';
import type { Run, RunState } from './run.entity.js';

/** Overall limit of a run, from its creation (protocol.md C34). */
const DEADLINE_SECONDS = 180;
/** Results are kept 7 days (protocol.md C34). */
const KEPT_SECONDS = 7 * 86_400;

export interface NewRun {
  userId: string;
  appId: string;
  actionKey: string;
  connectionId: string | null;
  inputs: Secret<Record<string, unknown>>;
}

export interface RunView {
  run: Run;
  outcome: RunOutcome | null;
}

/** A job under lease, as `claimDue` answers it. */
export interface JobClaim {
  tenantId: TenantId;
  id: string;
  version: number;
  leaseEnd: Date;
}

const runColumns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", action_key AS "actionKey", connection_id AS "connectionId",
  state, created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

/** Runs and their jobs. A write for a job names the claim's version: none is made by a worker that lost its lease. */
@Injectable()
export class Runs {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  async create(tenantId: TenantId, { userId, appId, actionKey, connectionId, inputs }: NewRun): Promise<string> {
    const id = newId();
    const now = this.clock.now();
    await this.database.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO runs (tenant_id, id, user_id, app_id, action_key, connection_id, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7)`,
        [tenantId, id, userId, appId, actionKey, connectionId, now],
      );
      await this.vault.put(tenantId, place(id, 'inputs'), inputs, tx);
      await tx.query(
        `INSERT INTO run_jobs (tenant_id, id, phase, deadline, due_at) VALUES ($1, $2, 'execute', $3, $4)`,
        [tenantId, id, secondsAfter(now, DEADLINE_SECONDS), now],
      );
      await this.wakeups.notify(tx, 'run_jobs');
    });
    return id;
  }

  /** @param id any text: one that is not a uuid is nobody's */
  async find(tenantId: TenantId, userId: string, id: string): Promise<RunView | null> {
    if (!isUuid(id)) return null;
    const [run] = await this.database.query<Run>(
      `SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND created_at > $4`,
      [tenantId, userId, id, secondsAfter(this.clock.now(), -KEPT_SECONDS)],
    );
    if (!run) return null;
    const outcome = run.finishedAt && (await this.vault.get<RunOutcome>(tenantId, place(run.id, 'outcome')));
    return { run, outcome: outcome ? outcome.value.reveal() : null };
  }

  async job({ tenantId, id }: JobClaim): Promise<{ run: Run; job: RunJob } | null> {
    const [run] = await this.database.query<Run>(`SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      id,
    ]);
    const [job] = await this.database.query<RunJob>(
      `SELECT tenant_id AS "tenantId", id, phase, sent_at AS "sentAt", polls, unauthorized, deadline, version
         FROM run_jobs WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return run && job ? { run, job } : null;
  }

  async inputs(tenantId: TenantId, id: string): Promise<Record<string, unknown>> {
    return (await this.vault.get<Record<string, unknown>>(tenantId, place(id, 'inputs')))?.value.reveal() ?? {};
  }

  async pollUrl(tenantId: TenantId, id: string): Promise<string | null> {
    return (await this.vault.get<string>(tenantId, place(id, 'poll_url')))?.value.reveal() ?? null;
  }

  /**
   * Commits that the request is about to be sent.
   * @returns false when the lease was lost: it must not be sent then
   */
  async markSent(claim: JobClaim): Promise<boolean> {
    const now = this.clock.now();
    return this.database.commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE run_jobs SET sent_at = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [...keyOf(claim), now],
      );
      await this.#setState(tx, claim, 'running', now);
      return rows.length === 1;
    });
  }

  /** Puts the job back for later, as if it had not been sent. */
  async postpone(claim: JobClaim, seconds: number, { unauthorized }: { unauthorized: number }): Promise<void> {
    await this.database.query(
      `UPDATE run_jobs SET due_at = $4, sent_at = NULL, unauthorized = $5, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [...keyOf(claim), secondsAfter(this.clock.now(), seconds), unauthorized],
    );
  }

  /** The third party works on it: look at `url` again after `seconds`. */
  async pollLater(claim: JobClaim, url: Secret<string>, seconds: number): Promise<void> {
    const now = this.clock.now();
    await this.database.commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE run_jobs SET phase = 'poll', polls = polls + 1, due_at = LEAST($4::timestamptz, deadline), lease_until = NULL, lease_owner = NULL,
                version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [...keyOf(claim), secondsAfter(now, seconds)],
      );
      await this.vault.put(claim.tenantId, place(claim.id, 'poll_url'), url, tx);
      await this.#setState(tx, claim, 'polling', now);
      return rows.length === 1;
    });
  }

  /** Ends the run: its outcome, its final state and the end of its job are one transaction. A run that has ended stays as it is. */
  async finish(claim: JobClaim, outcome: RunOutcome): Promise<void> {
    const now = this.clock.now();
    await this.database.commitIf(async (tx) => {
      const rows = await tx.query(
        `DELETE FROM run_jobs WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        keyOf(claim),
      );
      if (rows.length === 0) return false;
      await this.vault.put(claim.tenantId, place(claim.id, 'outcome'), new Secret(outcome), tx);
      await tx.query(
        `UPDATE runs SET state = $3, finished_at = $4, started_at = COALESCE(started_at, $4::timestamptz)
          WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL`,
        [claim.tenantId, claim.id, outcome.state, now],
      );
      return true;
    });
  }

  /** Across tenants, for the retention loop: runs past their 7 days, with what the vault holds of them. */
  async deleteOld(): Promise<void> {
    const rows = await this.database.query<{ tenant_id: TenantId; id: string }>(
      `SELECT tenant_id, id FROM runs WHERE created_at < $1 LIMIT 500`,
      [secondsAfter(this.clock.now(), -KEPT_SECONDS)],
    );
    for (const { tenant_id: tenantId, id } of rows) {
      await this.database.transaction(async (tx) => {
        await this.vault.forget(tenantId, { kind: 'run', rowId: id }, tx);
        await tx.query(`DELETE FROM runs WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      });
    }
  }

  async #setState(tx: Queryable, { tenantId, id }: JobClaim, state: RunState, now: Date): Promise<void> {
    await tx.query(
      `UPDATE runs SET state = $3, started_at = COALESCE(started_at, $4::timestamptz)
        WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL`,
      [tenantId, id, state, now],
    );
  }
}

function keyOf({ tenantId, id, version }: JobClaim): [TenantId, string, number] {
  return [tenantId, id, version];
}

function place(runId: string, field: 'inputs' | 'outcome' | 'poll_url'): SecretPlace {
  return { kind: 'run', rowId: runId, field };
}
