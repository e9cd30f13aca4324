import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, newId, Wakeups, type TenantId, type Transaction } from '#libs/database';
import { isWanted, recording } from '#libs/events';
import { Clock } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { secretInsertion, Vault } from '#libs/vault';
import type { RunOutcome } from './run-outcome.js';
import { runColumns, runSecret } from './run-rows.js';
import { RunWatch } from './run-watch.js';
import type { Run } from './run.entity.js';

/** What subscribers are told. Its results are its user's. */
const EVENT_PAYLOAD = `jsonb_build_object('id', id, 'app', app_id, 'action', action_key, 'authentication', connection_id, 'user', user_id,
  'state', state, 'created_at', created_at, 'finished_at', finished_at)`;

/** What is written with an end, in one transaction. */
export type WithEnd = (tx: Transaction) => Promise<void>;

interface Ended extends Run {
  hasCallback: boolean;
  isDelivered: boolean;
}

/** The end of a run, by whatever: its outcome, its final state, its callback and its event are one statement; the word to who waits for it follows. */
@Injectable()
export class RunEnding {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly watch: RunWatch,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /**
   * @param job a condition on its row of `run_jobs` besides the key, over `parameters` from $1 on; the job is deleted with the end
   * @returns false when there is no such job: the run has ended, or is another worker's
   */
  async end(
    { tenantId, id }: { tenantId: TenantId; id: string },
    outcome: RunOutcome,
    job = 'true',
    jobParameters: readonly unknown[] = [],
    withEnd?: WithEnd,
  ): Promise<boolean> {
    const parameters = [...jobParameters];
    const now = this.clock.now();
    const first = parameters.push(tenantId, id, outcome.state, now) - 3;
    const [tenant, run, state, at] = [0, 1, 2, 3].map((index) => `$${first + index}`);
    const place = runSecret(id, 'outcome');
    const secret = secretInsertion(await this.vault.sealNew(tenantId, place, new Secret(outcome)), 'run', parameters);
    const type = outcome.state === 'succeeded' ? 'run.succeeded' : 'run.failed';
    const event = `$${parameters.push(newId())}::uuid`;
    const rows = `SELECT ${tenant}::uuid, ${event}, '${type}', id, 1, ${EVENT_PAYLOAD}, ${at}::timestamptz FROM run WHERE ${isWanted(`${tenant}::uuid`, type)}`;
    const row = await this.#write(
      tenantId,
      `WITH job AS (DELETE FROM run_jobs WHERE tenant_id = ${tenant} AND id = ${run} AND (${job}) RETURNING id),
       run AS (
         UPDATE runs SET state = ${state}, finished_at = ${at}, started_at = COALESCE(started_at, ${at}::timestamptz)
          WHERE tenant_id = ${tenant} AND id = ${run} AND finished_at IS NULL AND EXISTS (SELECT 1 FROM job)
          RETURNING *),
       outcome AS (${secret}),
       callback AS (
         INSERT INTO run_callbacks (tenant_id, id, due_at) SELECT ${tenant}, ${run}, ${at}::timestamptz FROM run
          WHERE callback_client_id IS NOT NULL RETURNING id),
       ${recording({ type, tenant: `${tenant}::uuid`, rows })}
       SELECT ${runColumns}, EXISTS (SELECT 1 FROM callback) AS "hasCallback", EXISTS (SELECT 1 FROM delivery) AS "isDelivered" FROM run`,
      parameters,
      withEnd,
    );
    if (!row) return false;
    const { hasCallback, isDelivered, ...ended } = row;
    const seconds = Math.max(0, now.getTime() - ended.createdAt.getTime()) / 1000;
    signals.runEnded.publish({ state: outcome.state, seconds });
    this.watch.ended({ run: ended, outcome });
    this.wakeups.send('run_ends', ended.id);
    if (hasCallback) this.wakeups.send('run_callbacks');
    if (isDelivered) this.wakeups.send('webhook_deliveries');
    return true;
  }

  async #write(
    tenantId: TenantId,
    sql: string,
    parameters: readonly unknown[],
    withEnd?: WithEnd,
  ): Promise<Ended | undefined> {
    const database = this.database.of(tenantId);
    if (!withEnd) return (await database.query<Ended>(sql, parameters))[0];
    return database.transaction(async (tx) => {
      const [row] = await tx.query<Ended>(sql, parameters);
      if (row) await withEnd(tx);
      return row;
    });
  }
}
