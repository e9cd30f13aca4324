import { Injectable } from '@nestjs/common';
import type { TenantId, Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { DataKeyRewrap } from './data-key-rewrap.js';
import { DataKeys, NEW_KEY_SETTLED_SECONDS } from './data-keys.js';
import { DataKeyStore } from './data-keys.store.js';
import { Reencryption } from './reencryption.js';
import { RewrapStore, type RewrapJob, type RewrapTurn } from './rewraps.store.js';

/** One tenant's part of a rewrap that replaces the data keys, in steps of a transaction each. Its row says how far it came, and is locked meanwhile. */
@Injectable()
export class TenantRewrap {
  constructor(
    private readonly store: RewrapStore,
    private readonly dataKeys: DataKeys,
    private readonly keys: DataKeyStore,
    private readonly rewrap: DataKeyRewrap,
    private readonly reencryption: Reencryption,
    private readonly clock: Clock,
  ) {}

  /** @returns false when there is nothing to do for it now */
  async step(job: RewrapJob, tenantId: TenantId, tx: Transaction): Promise<boolean> {
    const now = this.clock.now();
    const turn = await this.store.lock(job.id, tenantId, now, tx);
    if (!turn) return false;
    return turn.generation === null
      ? this.#begin(job, turn, tx)
      : this.#seal(job, { ...turn, generation: turn.generation }, tx);
  }

  /** Also the old keys are wrapped anew: for a day they may be needed, and the old key of the ring is to be free. */
  async #begin(job: RewrapJob, turn: RewrapTurn, tx: Transaction): Promise<boolean> {
    const { tenantId } = turn;
    await this.rewrap.wrap([tenantId], job.keyId, tx);
    const newest = (await this.keys.list(tx, tenantId)).at(-1);
    if (newest) await this.dataKeys.succeed(tenantId, newest.generation, tx);
    const generation = (newest?.generation ?? 0) + 1;
    await this.store.advance(job.id, { ...turn, generation }, { done: 0, failed: 0, dueAt: this.clock.now() }, tx);
    return true;
  }

  async #seal(job: RewrapJob, turn: RewrapTurn & { generation: number }, tx: Transaction): Promise<boolean> {
    const { tenantId } = turn;
    const keys = await this.keys.list(tx, tenantId);
    // Deleted meanwhile: its rows go, and this part with them.
    if (keys.length === 0) {
      await this.store.finishPart(job.id, tenantId, this.clock.now(), tx);
      return true;
    }
    const page = await this.reencryption.page(tenantId, turn.afterPlace, tx);
    const last = page.at(-1);
    if (!last) return this.#end(job, turn, keys, tx);
    const failed = await this.reencryption.seal(tenantId, turn.generation, page, keys, tx);
    const afterPlace = [last.place.kind, last.place.rowId, last.place.field];
    const dueAt = this.clock.now();
    await this.store.advance(job.id, { ...turn, afterPlace }, { done: page.length - failed, failed, dueAt }, tx);
    return true;
  }

  /** Only once no process seals under an older key any more can it be said that nothing is left. */
  async #end(
    job: RewrapJob,
    turn: RewrapTurn & { generation: number },
    keys: readonly { generation: number; createdAt: Date }[],
    tx: Transaction,
  ): Promise<boolean> {
    const { tenantId, generation } = turn;
    const now = this.clock.now();
    const madeAt = keys.find((key) => key.generation === generation)?.createdAt ?? now;
    const settledAt = secondsAfter(madeAt, NEW_KEY_SETTLED_SECONDS);
    if (settledAt > now) {
      await this.store.advance(job.id, turn, { done: 0, failed: 0, dueAt: settledAt }, tx);
      return true;
    }
    const left = await this.reencryption.left(tenantId, generation, tx);
    if (left > turn.failed) await this.store.startOver(job.id, tenantId, tx);
    else await this.store.finishPart(job.id, tenantId, now, tx);
    return true;
  }
}
