import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { OutageLog } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { MassDisconnection } from './mass-disconnection.js';
import { RevocationJobs } from './revocation-jobs.store.js';
import { RevocationWorker } from './revocation-worker.js';

const JOBS_AT_ONCE = 4;
/** Of one job in one turn, so that the others have theirs. */
const BATCHES = 4;
const RETRY_SECONDS = 5;

/**
 * Carries out mass disconnections, which take turns: a small one does not wait for the end of a large one. Any number of workers are at it,
 * each job by one at a time; one that dies leaves it to the others.
 */
@Injectable()
export class RevocationJobWorker {
  readonly #log = new Logger('RevocationJobs');
  readonly #outage = new OutageLog(this.#log, 'Mass disconnections');
  #running: Promise<unknown> | null = null;
  #stopped = false;

  constructor(
    private readonly jobs: RevocationJobs,
    private readonly disconnection: MassDisconnection,
    private readonly revocations: RevocationWorker,
  ) {}

  /** For a tick: never throws. */
  async runDue(): Promise<void> {
    this.#running ??= this.#outage
      .around(() => this.#runAll())
      .then((isDone) => this.#turned(isDone ? 'ok' : 'failed'))
      .finally(() => (this.#running = null));
    await this.#running;
  }

  /** Finishes the batch in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (!this.#stopped) {
      const due = await this.jobs.claim(JOBS_AT_ONCE);
      if (due.length === 0) return;
      await Promise.all(due.map(({ tenantId, id }) => this.#take(tenantId, id)));
      // A million connections take half an hour: that is no loop that hangs.
      this.#turned('ok');
    }
  }

  #turned(result: 'ok' | 'failed'): void {
    signals.loopTurned.publish({ loop: 'revocation_jobs', result });
  }

  async #take(tenantId: TenantId, id: string): Promise<void> {
    try {
      const apps = await this.disconnection.apps(tenantId);
      for (let batch = 0; batch < BATCHES && !this.#stopped; batch += 1) {
        if (!(await this.disconnection.step(tenantId, id, apps))) return;
        this.revocations.wake();
      }
      await this.jobs.postpone(tenantId, id, 0);
    } catch (cause) {
      this.#log.warn({ msg: 'A mass disconnection was held up; it goes on soon.', tenant: tenantId, job: id, cause });
      await this.jobs.postpone(tenantId, id, RETRY_SECONDS);
    }
  }
}
