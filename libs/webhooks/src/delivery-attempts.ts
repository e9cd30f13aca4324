import { Injectable } from '@nestjs/common';
import { asTenantId, Database, type Transaction } from '#libs/database';
import { answerLimits, Egress, EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { Clock, secondsAfter, type ClaimedRow } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { MOST_PAUSE_SECONDS, waitSeconds } from './delivery-schedule.js';
import { DueDeliveries, type Attempt, type DeliveryRow, type DueDelivery } from './due-deliveries.store.js';
import { secretsAt, type Endpoint } from './endpoint.js';
import { WebhookDisabling } from './webhook-disabling.js';
import { signedHeaders } from './webhook-signature.js';
import type { EndpointFault } from './webhook.entity.js';

/** An endpoint at which nothing has arrived for so long is disabled. */
const FAILING_SECONDS = 5 * 86_400;

type Due = Extract<DueDelivery, { kind: 'due' }>;

interface Answer {
  status: number | null;
  error: string | null;
  retryAfter: string | undefined;
}

/** One attempt at a delivery, and what follows from its answer. */
@Injectable()
export class DeliveryAttempts {
  constructor(
    private readonly database: Database,
    private readonly deliveries: DueDeliveries,
    private readonly disabling: WebhookDisabling,
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  /** When one that begins now is over at the latest. */
  latestEnd(): Date {
    return secondsAfter(this.clock.now(), answerLimits.webhook.seconds);
  }

  async make(claim: ClaimedRow, due: Due): Promise<void> {
    const answer = await this.#send(due.delivery, due.endpoint);
    const { status, error } = answer;
    signals.deliveryAttempted.publish({ kind: 'webhook', result: error === null ? 'delivered' : 'failed' });
    if (status !== null && error === null) return this.deliveries.delivered(claim, status);
    await this.database.of(claim.tenantId).transaction((tx) => this.#failed(claim, due, answer, tx));
  }

  async #failed(
    claim: ClaimedRow,
    { delivery, endpoint }: Due,
    { status, error, retryAfter }: Answer,
    tx: Transaction,
  ): Promise<void> {
    const called = await this.deliveries.lockCalled(claim, endpoint, tx);
    // It says nothing of the URL that took its place meanwhile, which is to be told too.
    if (!called) return this.deliveries.postpone(claim, this.clock.now(), tx);
    const reason = this.#reasonToDisable(status, called.failingSince);
    // With it: what waits behind this delivery would be sent at once otherwise.
    if (reason) await this.disabling.disable(asTenantId(claim.tenantId), claim.turn, reason, tx);
    const again = reason ? { dueAt: null, pausedUntil: null } : this.#again(delivery.attempts + 1, status, retryAfter);
    await this.deliveries.failed(claim, { status, error, ...again }, tx);
  }

  #reasonToDisable(status: number | null, failingSince: Date | null): EndpointFault | null {
    if (status === 410) return 'gone';
    const isFailing = failingSince !== null && secondsAfter(failingSince, FAILING_SECONDS) <= this.clock.now();
    return isFailing ? 'failing' : null;
  }

  async #send({ id, type, sequence, payload, createdAt }: DeliveryRow, endpoint: Endpoint): Promise<Answer> {
    const at = this.clock.now();
    const body = JSON.stringify({ type, timestamp: createdAt.toISOString(), data: { ...payload, sequence } });
    try {
      const response = await this.egress.request({
        purpose: 'webhook',
        method: 'POST',
        url: endpoint.url,
        headers: { 'content-type': 'application/json', ...signedHeaders({ id, at, body }, secretsAt(endpoint, at)) },
        body,
      });
      return read(response);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { status: null, error: error.message, retryAfter: undefined };
    }
  }

  /** As the schedule says, and not before the end of a pause that the endpoint asks for. */
  #again(
    attempts: number,
    status: number | null,
    retryAfter: string | undefined,
  ): Pick<Attempt, 'dueAt' | 'pausedUntil'> {
    const now = this.clock.now();
    const isBusy = status !== null && (status === 429 || status >= 500);
    const pause = isBusy ? retryAfterSeconds(retryAfter, now, MOST_PAUSE_SECONDS) : null;
    const wait = waitSeconds(attempts);
    return {
      dueAt: wait === null ? null : secondsAfter(now, Math.max(wait, pause ?? 0)),
      pausedUntil: pause === null ? null : secondsAfter(now, pause),
    };
  }
}

/** Anything but a 2xx is a failure; a redirect too, since nobody vouches for where it leads. */
function read({ status, headers }: EgressResponse): Answer {
  const isTaken = status >= 200 && status < 300;
  return { status, error: isTaken ? null : `It answered ${status}.`, retryAfter: headers['retry-after'] };
}
