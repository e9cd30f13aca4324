import { Injectable, Logger } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { Clock, DueWorker, secondsAfter } from '#libs/scheduling';
import { AlteredSecretError } from '#libs/vault';
import { AppShares } from './app-shares.js';
import type { Credentials } from './credentials.js';
import type { DueRevocation } from './due-revocation.entity.js';
import { DueRevocations } from './due-revocations.store.js';
import { Revocations, UNREADABLE, UNSUPPORTED, type RevocationAttempt } from './revocations.js';

/** Of calls to third parties. */
const CONCURRENCY = 48;
/** Of these, to one tenant's app: after a mass disconnection there are as many as there were connections. */
const PER_APP = 16;
/** After which a third party that did not answer is asked by as many as before. */
const SILENCE_SECONDS = 600;

/**
 * Tells third parties of the disconnects that a process began and did not live to end, or could not tell of, of mass disconnections, and of
 * consents that nobody confirmed.
 */
@Injectable()
export class RevocationWorker {
  readonly #log = new Logger('Revocations');
  readonly #due: DueWorker<DueRevocation>;
  readonly #shares = new AppShares(PER_APP);

  constructor(
    private readonly due: DueRevocations,
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {
    this.#due = new DueWorker({
      name: 'revocations',
      claim: (limit) => this.#claim(limit),
      handle: (row) => this.#revoke(row),
      hasMore: () => this.#shares.hasMore,
      concurrency: CONCURRENCY,
      onError: (cause) => this.#log.error({ msg: 'A revocation could not be ended; it is tried again.', cause }),
    });
  }

  wake(): void {
    this.#due.wake();
  }

  /** What is in flight when the process ends is done again by another: revoking twice does no harm (RFC 7009 §2.2). */
  stop(): Promise<void> {
    return this.#due.stop();
  }

  async #claim(limit: number): Promise<DueRevocation[]> {
    const rows = await this.due.claim(limit, PER_APP, this.#shares.left(this.clock.now()));
    this.#shares.take(rows);
    return rows;
  }

  async #revoke(row: DueRevocation): Promise<void> {
    try {
      const attempt = await this.#attempt(row);
      this.#heed(row, attempt);
      await this.due.settle(row, { name: row.actor, address: row.address }, attempt);
    } finally {
      this.#shares.done(row);
    }
  }

  async #attempt(row: DueRevocation): Promise<RevocationAttempt> {
    if (row.attempts > 0 && (await this.due.isConnectedAgain(row))) return { outcome: 'failed' };
    const credentials = await this.#credentials(row);
    if (credentials === 'altered') return UNREADABLE;
    const app = credentials && (await this.catalog.findHeld(row.tenantId, row.appId));
    return app ? this.revocations.revoke(row.tenantId, app, row.connectionId, credentials) : UNSUPPORTED;
  }

  async #credentials(row: DueRevocation): Promise<Secret<Credentials> | 'altered' | null> {
    try {
      return await this.due.credentials(row);
    } catch (error) {
      if (error instanceof AlteredSecretError) return 'altered';
      throw error;
    }
  }

  /** Of all that are to be told to a third party that is busy or away, few are tried in vain. */
  #heed(row: DueRevocation, { later, isAnswered }: RevocationAttempt): void {
    const now = this.clock.now();
    if (isAnswered) this.#shares.speaks(row);
    else if (isAnswered === false) this.#shares.fallsSilent(row, secondsAfter(now, SILENCE_SECONDS));
    if (!later?.notBefore) return;
    this.#shares.pause(row, later.notBefore);
    setTimeout(() => this.wake(), later.notBefore.getTime() - now.getTime()).unref();
  }
}
