import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, Wakeups, isUuid, newId, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { RunOutcome } from './run-outcome.js';
import { runColumns, runSecret } from './run-rows.js';
import type { Run } from './run.entity.js';

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

/** Runs as their owners see them. What workers do with them is in `RunJobs`. */
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
      await this.vault.put(tenantId, runSecret(id, 'inputs'), inputs, tx);
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
    const outcome = run.finishedAt && (await this.vault.get<RunOutcome>(tenantId, runSecret(run.id, 'outcome')));
    return { run, outcome: outcome ? outcome.value.reveal() : null };
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
}
