import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR, type Actor } from '#libs/audit';
import { Keyring } from '#libs/crypto';
import { Database, newId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import type { RewrapKind } from './rewrap.entity.js';
import { RewrapStore, type RewrapJob, type RewrapProgress } from './rewraps.store.js';

export type RewrapStatus = RewrapJob & RewrapProgress;

/** The beginning and the end of a rewrap, and how far it came. What lies between is done by workers: see RewrapRunner. */
@Injectable()
export class Rewraps {
  constructor(
    private readonly store: RewrapStore,
    private readonly keyring: Keyring,
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** Of the running one, else of the last; null when there never was one. */
  async status(): Promise<RewrapStatus | null> {
    const job = await this.store.latest();
    return job ? { ...job, ...(await this.store.progress(job.id)) } : null;
  }

  /** How much `start` would have to do. */
  plannedTotal(kind: RewrapKind): Promise<number> {
    return this.store.plannedTotal(kind, this.keyring.primaryId);
  }

  /**
   * Brings everything under the primary key of the ring. One that runs already is answered as it is.
   * @throws Problem conflict when that one is of the other kind
   */
  async start(kind: RewrapKind, actor: Actor): Promise<RewrapStatus> {
    const keyId = this.keyring.primaryId;
    await this.database.overTenants.transaction(async (tx) => {
      const last = await this.store.latest(tx);
      const now = this.clock.now();
      // Nobody can go on with it: its primary key is the primary one no more.
      if (last?.state === 'running' && last.keyId !== keyId) await this.store.end(last.id, 'abandoned', now, tx);
      const job = { id: newId(), dataKeys: kind, keyId, startedAt: now };
      if (!(await this.store.insert(job, tx))) return;
      const details = { data_keys: kind, key_id: keyId };
      await this.audit.record(tx, PLATFORM, { actor, action: 'vault.rewrap_started', subject: job.id, details });
    });
    const status = await this.status();
    if (status?.state === 'running' && status.dataKeys !== kind) {
      throw problem('conflict', `A rewrap with data_keys "${status.dataKeys}" is running. Wait for its end.`);
    }
    if (!status) throw new Error('The rewrap that was started is gone.');
    return status;
  }

  /** For workers: one that this process can go on with. One that was not restarted with the new keyring yet leaves it to the others. */
  async running(): Promise<RewrapJob | undefined> {
    const job = await this.store.running();
    return job?.keyId === this.keyring.primaryId ? job : undefined;
  }

  /** Does nothing while there is something left to do. */
  async finish(job: RewrapJob): Promise<void> {
    if ((await this.store.progress(job.id)).open > 0) return;
    const now = this.clock.now();
    if ((await this.store.reopen(job, now)) > 0) return;
    await this.database.overTenants.transaction(async (tx) => {
      if (!(await this.store.end(job.id, 'finished', now, tx))) return;
      const { total, done, failed } = await this.store.progress(job.id, tx);
      const details = { data_keys: job.dataKeys, key_id: job.keyId, total, done, failed };
      const entry = { actor: SYSTEM_ACTOR, action: 'vault.rewrap_finished' as const, subject: job.id, details };
      await this.audit.record(tx, PLATFORM, entry);
    });
  }
}
