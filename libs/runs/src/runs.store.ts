import { Injectable } from '@nestjs/common';
import { Database, isUuid, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { secretSelection, Vault, type SelectedSecret } from '#libs/vault';
import { RunEnding, type WithEnd } from './run-ending.js';
import { cancelled, type RunOutcome, type RunView } from './run-outcome.js';
import { runColumns, runSecret } from './run-rows.js';
import type { Run, RunState } from './run.entity.js';

export interface RunFilter {
  states?: readonly RunState[];
  appId?: string;
  connectionId?: string;
}

/** Runs as their owners see them. What workers do with them is in `RunJobs`. */
@Injectable()
export class Runs {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly ending: RunEnding,
    private readonly clock: Clock,
  ) {}

  /** @param id any text: one that is not a uuid is nobody's */
  async find(tenantId: TenantId, userId: string, id: string): Promise<RunView | null> {
    if (!isUuid(id)) return null;
    // Of its user by a condition that no index has: not all of the user's runs are to be read for it.
    const [row] = await this.database.of(tenantId).query<Run & SelectedSecret>(
      `SELECT run.*, secret.*
         FROM (SELECT ${runColumns} FROM runs
                WHERE tenant_id = $1 AND id = $3 AND user_id IS NOT DISTINCT FROM $2 AND expires_at > $4) run
         ${secretSelection({ tenant: '$1', rowId: 'run.id::text', field: `'outcome'` }, 'run')}`,
      [tenantId, userId, id, this.clock.now()],
    );
    if (!row) return null;
    const { secretVersion, secretGeneration, secretSealed, secretKeyId, secretWrapped, ...run } = row;
    const selected = { secretVersion, secretGeneration, secretSealed, secretKeyId, secretWrapped };
    const place = runSecret(run.id, 'outcome');
    const outcome = run.finishedAt ? await this.vault.openSelected<RunOutcome>(tenantId, place, selected) : null;
    return { run, outcome: outcome?.reveal() ?? null };
  }

  /** The user's own, newest first. */
  async list(
    tenantId: TenantId,
    userId: string,
    filter: RunFilter,
    { limit, offset }: { limit: number; offset: number },
  ): Promise<{ runs: Run[]; count: number }> {
    const condition = `tenant_id = $1 AND user_id = $2 AND expires_at > $3 AND ($4::text[] IS NULL OR state = ANY ($4))
      AND ($5::uuid IS NULL OR app_id = $5) AND ($6::uuid IS NULL OR connection_id = $6)`;
    const { states = null, appId = null, connectionId = null } = filter;
    const parameters = [tenantId, userId, this.clock.now(), states, appId, connectionId];
    const [runs, [counted]] = await Promise.all([
      this.database
        .of(tenantId)
        .query<Run>(
          `SELECT ${runColumns} FROM runs WHERE ${condition} ORDER BY created_at DESC, id DESC LIMIT $7 OFFSET $8`,
          [...parameters, limit, offset],
        ),
      this.database
        .of(tenantId)
        .query<{ count: number }>(`SELECT count(*)::integer AS count FROM runs WHERE ${condition}`, parameters),
    ]);
    return { runs, count: counted?.count ?? 0 };
  }

  /**
   * Ends the run where it stands; nothing is sent any more, and an answer that is still to come is not waited for. A run that has ended stays
   * as it is.
   * @returns as it is then; null when the user has no such run
   */
  async cancel(tenantId: TenantId, userId: string, id: string, withEnd?: WithEnd): Promise<RunView | null> {
    for (;;) {
      const view = await this.find(tenantId, userId, id);
      if (!view || view.run.finishedAt) return view;
      const [job] = await this.database
        .of(tenantId)
        .query<{ wasSent: boolean }>(
          `SELECT sent_at IS NOT NULL OR phase = 'poll' AS "wasSent" FROM run_jobs WHERE tenant_id = $1 AND id = $2`,
          [tenantId, view.run.id],
        );
      // Sent in between: then what is said of it must be something else.
      const asSeen = `(sent_at IS NOT NULL OR phase = 'poll') = $1`;
      if (job) await this.ending.end(view.run, cancelled(job.wasSent), asSeen, [job.wasSent], withEnd);
    }
  }

  /** Across tenants, for the retention loop: with what the vault holds of them. */
  async deleteExpired(limit: number): Promise<number> {
    return this.database.overTenants.transaction(async (tx) => {
      const rows = await tx.query<{ tenant_id: TenantId; id: string }>(
        `DELETE FROM runs WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM runs WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING tenant_id, id`,
        [this.clock.now(), limit],
      );
      for (const { tenant_id: tenantId, id } of rows) await this.vault.forget(tenantId, { kind: 'run', rowId: id }, tx);
      return rows.length;
    });
  }
}
