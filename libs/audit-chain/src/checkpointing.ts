import { Injectable, Logger } from '@nestjs/common';
import { Clock, OutageLog } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { AuditCheckpoints, type DueCheckpoint } from './audit-checkpoints.store.js';
import { AuditVerification } from './audit-verification.js';
import { CheckpointStatements } from './checkpoint-statements.js';

const AT_ONCE = 20;

/** Signs what chains have come to, once what is new in them hangs together. Any number of workers share the work. */
@Injectable()
export class Checkpointing {
  readonly #log = new Logger('AuditCheckpoints');
  readonly #outage = new OutageLog(this.#log, 'Checkpoints of the audit');
  #running: Promise<unknown> | null = null;
  #stopped = false;

  constructor(
    private readonly checkpoints: AuditCheckpoints,
    private readonly verification: AuditVerification,
    private readonly statements: CheckpointStatements,
    private readonly clock: Clock,
  ) {}

  /** For a tick: never throws. What could not be signed now is due again a minute later. */
  async runDue(): Promise<void> {
    this.#running ??= this.#outage
      .around(() => this.#signAll())
      .then((isDone) => signals.loopTurned.publish({ loop: 'audit_checkpoints', result: isDone ? 'ok' : 'failed' }))
      .finally(() => (this.#running = null));
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #signAll(): Promise<void> {
    for (;;) {
      const due = await this.checkpoints.claim(AT_ONCE);
      for (const one of due) await this.#sign(one);
      if (due.length < AT_ONCE || this.#stopped) return;
    }
  }

  async #sign({ coveredTo, ...end }: DueCheckpoint): Promise<void> {
    const { tenantId: tenant, sequence } = end;
    const broken = await this.verification.verifySince(coveredTo, end);
    if (broken) {
      signals.auditFoundBroken.publish({});
      this.#log.error({
        msg: 'The audit of a tenant was tampered with. POST /admin/audit/verify says more.',
        tenant,
        broken,
      });
      return;
    }
    await this.checkpoints.add(end, await this.statements.sign(end, this.clock.now()));
    // Whoever keeps logs elsewhere has what no hand in this database can take back.
    this.#log.log({ msg: 'Audit checkpoint', tenant, sequence, hash: end.hash.toString('hex') });
  }
}
