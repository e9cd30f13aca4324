import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { answerLimits } from '#libs/egress';
import { Clock, OutageLog, secondsAfter } from '#libs/scheduling';
import { HeldKeySets } from './held-key-sets.js';
import { JwksFetch, type FetchedKeys } from './jwks-fetch.js';
import { TrustedKeySets, type FetchClaim } from './trusted-key-sets.store.js';

/** Between two fetches of one source, however the first one ended. */
export const COOLDOWN_SECONDS = 30;
const FETCHING_SECONDS = answerLimits.jwks.seconds + 3;
const POLL_MILLISECONDS = 100;
const MAX_ROUNDS = 5;
const RENEWAL = { share: 0.8, jitter: 0.1, concurrency: 10, batch: 20, usedWithinSeconds: 3600 };
const BACKOFF = { firstSeconds: 30, mostSeconds: 300 };

/** Fetches key sets: each source once at a time, and once in 30 seconds, over all processes. */
@Injectable()
export class KeyRenewal {
  readonly #log = new Logger('TrustedKeys');
  readonly #outage = new OutageLog(this.#log, 'Renewals of trusted keys');
  readonly #attempts = new Map<string, Promise<void>>();
  readonly #refreshes = new Map<string, Promise<void>>();
  #renewing: Promise<void> | null = null;
  #stopped = false;

  constructor(
    private readonly sets: TrustedKeySets,
    private readonly held: HeldKeySets,
    private readonly jwks: JwksFetch,
    private readonly clock: Clock,
  ) {}

  /**
   * Fetches a source unless it was fetched a moment ago. Where somebody else is at it, waits for what comes of it. The outcome is in the row
   * then, and what is held in memory is read again.
   */
  attempt(tenantId: TenantId, jwksUri: string): Promise<void> {
    return once(this.#attempts, `${tenantId} ${jwksUri}`, () => this.#attempt(tenantId, jwksUri));
  }

  /** As attempt, for which nobody waits. */
  attemptInBackground(tenantId: TenantId, jwksUri: string): void {
    this.attempt(tenantId, jwksUri).catch((error: unknown) => this.#log.error(error));
  }

  /** Fetches a source now: the fetch begins after the call, whatever was under way. */
  refresh(tenantId: TenantId, jwksUri: string): Promise<void> {
    const name = `${tenantId} ${jwksUri}`;
    // Callers share the refresh that has not begun yet, never one that may have been answered before they called.
    return once(this.#refreshes, name, () => this.#refresh(tenantId, jwksUri, () => this.#refreshes.delete(name)));
  }

  /**
   * Fetches what is in use and ages, before anybody has to wait for it. Any number of processes may call it each second: calls never overlap
   * in one, and a source is fetched by one of them. Never throws.
   */
  renewDue(): Promise<void> {
    this.#renewing ??= this.#outage
      .around(() => this.#renewDue())
      .then(() => undefined)
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** Begins no more renewals, and waits for the fetches under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#renewing, ...this.#attempts.values(), ...this.#refreshes.values()]);
  }

  async #renewDue(): Promise<void> {
    const now = this.clock.now();
    const due = await this.sets.due(now, secondsAfter(now, -RENEWAL.usedWithinSeconds), RENEWAL.batch);
    const next = due.values();
    const renewOneByOne = async () => {
      for (const { tenantId, jwksUri } of next) {
        if (this.#stopped) return;
        await this.attempt(tenantId, jwksUri).catch((error: unknown) => this.#log.error(error));
      }
    };
    await Promise.all(Array.from({ length: Math.min(RENEWAL.concurrency, due.length) }, renewOneByOne));
  }

  async #attempt(tenantId: TenantId, jwksUri: string): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS && !this.#stopped; round += 1) {
      const attemptedBefore = secondsAfter(this.clock.now(), -COOLDOWN_SECONDS);
      if (await this.#fetchIfClaimed(tenantId, jwksUri, attemptedBefore)) return;
      const outcome = await this.#outcomeOfOthers(tenantId, jwksUri);
      this.held.forget(tenantId);
      if (outcome !== 'abandoned') return;
    }
  }

  async #refresh(tenantId: TenantId, jwksUri: string, onStart: () => void): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await this.#fetchIfClaimed(tenantId, jwksUri, null, onStart)) return;
      if ((await this.#outcomeOfOthers(tenantId, jwksUri)) === 'replaced') return;
    }
  }

  async #fetchIfClaimed(
    tenantId: TenantId,
    jwksUri: string,
    attemptedBefore: Date | null,
    onStart?: () => void,
  ): Promise<boolean> {
    const now = this.clock.now();
    const fetchingUntil = secondsAfter(now, FETCHING_SECONDS);
    const claim = await this.sets.claim(tenantId, jwksUri, { now, fetchingUntil, attemptedBefore });
    if (!claim) return false;
    onStart?.();
    await this.#store(claim, await this.jwks.fetch(jwksUri));
    this.held.forget(tenantId);
    return true;
  }

  async #store(claim: FetchClaim, outcome: FetchedKeys): Promise<void> {
    const now = this.clock.now();
    if ('error' in outcome) {
      const backoff = Math.min(BACKOFF.mostSeconds, BACKOFF.firstSeconds * 2 ** claim.failures);
      const stored = await this.sets.storeFailure(claim, outcome.error, secondsAfter(now, backoff));
      if (stored && claim.lastError === null)
        this.#log.warn(`The JWKS of tenant ${claim.tenantId} fails. ${outcome.error}`);
      return;
    }
    const renewAfter = outcome.freshSeconds * RENEWAL.share * (1 - RENEWAL.jitter * Math.random());
    const stored = await this.sets.storeKeys(claim, outcome, {
      fetchedAt: now,
      freshUntil: secondsAfter(now, outcome.freshSeconds),
      renewAt: secondsAfter(now, renewAfter),
    });
    if (stored && claim.lastError !== null) this.#log.log(`The JWKS of tenant ${claim.tenantId} works again.`);
  }

  /**
   * Waits while another process fetches. `settled`: its outcome is in the row, or there was no fetch · `replaced`: another source is
   * registered · `abandoned`: it went away without an outcome
   */
  async #outcomeOfOthers(tenantId: TenantId, jwksUri: string): Promise<'settled' | 'replaced' | 'abandoned'> {
    for (let waited = 0; ; waited += POLL_MILLISECONDS) {
      const set = await this.sets.find(tenantId);
      if (set?.jwksUri !== jwksUri) return 'replaced';
      if (set.fetchingUntil === null || this.#stopped) return 'settled';
      if (set.fetchingUntil <= this.clock.now() || waited >= FETCHING_SECONDS * 1000) return 'abandoned';
      await wait(POLL_MILLISECONDS);
    }
  }
}

/** Joins the work of this name that is under way, else begins it. */
function once(underWay: Map<string, Promise<void>>, name: string, begin: () => Promise<void>): Promise<void> {
  const joined = underWay.get(name);
  if (joined) return joined;
  const work = begin().finally(() => {
    if (underWay.get(name) === work) underWay.delete(name);
  });
  underWay.set(name, work);
  return work;
}
