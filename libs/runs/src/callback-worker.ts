import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Egress } from '#libs/egress';
import { DueWorker, type ClaimedRow } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { CallbackSignature } from './callback-signature.js';
import { RunCallbacks, type DueCallback } from './run-callbacks.store.js';
import { toWireRun } from './wire-run.js';

const CONCURRENCY = 16;
const DRAIN_MILLISECONDS = 8000;
/** Before the second and the third attempt; there is no fourth (protocol.md §8.4). */
const RETRY_SECONDS = [1, 4];

/** Tells partners that their runs have ended: at least once, three attempts at most. The run can be read all the same. */
@Injectable()
export class CallbackWorker {
  readonly #log = new Logger('CallbackWorker');
  readonly #worker = new DueWorker<ClaimedRow>({
    name: 'callbacks',
    concurrency: CONCURRENCY,
    claim: (limit) => this.callbacks.claim(limit),
    handle: (claim) => this.#call(claim),
    onError: (error) => this.#log.error(error),
  });

  constructor(
    private readonly callbacks: RunCallbacks,
    private readonly signature: CallbackSignature,
    private readonly egress: Egress,
  ) {}

  wake(): void {
    this.#worker.wake();
  }

  /** A call that lasts longer is made again by another worker. */
  async stop(): Promise<void> {
    await Promise.race([this.#worker.stop(), delay(DRAIN_MILLISECONDS, undefined, { ref: false })]);
  }

  async #call(claim: ClaimedRow): Promise<void> {
    try {
      await this.#callDue(claim);
    } finally {
      this.callbacks.handled(claim);
    }
  }

  async #callDue(claim: ClaimedRow): Promise<void> {
    const callback = await this.callbacks.find(claim);
    if (!callback) return this.callbacks.done(claim);
    const failure = await this.#attempt(callback);
    signals.deliveryAttempted.publish({ kind: 'callback', result: failure === null ? 'delivered' : 'failed' });
    const wait = failure === null ? undefined : RETRY_SECONDS[callback.attempts];
    if (wait !== undefined) return this.callbacks.retry(claim, wait);
    if (failure !== null) this.#log.warn({ msg: 'A callback was given up.', run: claim.id, reason: failure });
    return this.callbacks.done(claim);
  }

  /** @returns why it may be tried again; null when it arrived, or was refused for good */
  async #attempt({ run, url, outcome }: DueCallback): Promise<string | null> {
    const body = JSON.stringify({ data: toWireRun(run, outcome) });
    // Ours to mend, and no attempt: without a signature the row is due again when its lease ends.
    const signature = await this.signature.sign(body, { clientId: run.callbackClientId ?? '', runId: run.id });
    try {
      const { status } = await this.egress.request({
        purpose: 'callback',
        method: 'POST',
        url: url.reveal(),
        headers: { 'content-type': 'application/json', 'zapier-callback-signature': signature },
        body,
      });
      return status >= 500 ? `It answered ${status}.` : null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
