import { Injectable, Logger } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { DueWorker } from '#libs/scheduling';
import { AlteredSecretError } from '#libs/vault';
import type { Credentials } from './credentials.js';
import type { DueRevocation } from './due-revocation.entity.js';
import { DueRevocations } from './due-revocations.store.js';
import { Revocations, type RevocationOutcome } from './revocations.js';

/** Of calls to third parties: after a mass disconnection there are as many as there were connections. */
const CONCURRENCY = 16;

/** Tells third parties of the disconnects that a process began and did not live to end, and of consents that nobody confirmed. */
@Injectable()
export class RevocationWorker {
  readonly #log = new Logger('Revocations');
  readonly #due: DueWorker<DueRevocation>;

  constructor(
    private readonly due: DueRevocations,
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
  ) {
    this.#due = new DueWorker({
      name: 'revocations',
      claim: (limit) => this.due.claim(limit),
      handle: (row) => this.#revoke(row),
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

  async #revoke(row: DueRevocation): Promise<void> {
    const { tenantId, connectionId, actor: name, address } = row;
    await this.due.end(tenantId, connectionId, { name, address }, await this.#outcomeOf(row));
  }

  async #outcomeOf(row: DueRevocation): Promise<RevocationOutcome> {
    const credentials = await this.#credentials(row);
    // Nobody can be told of what does not open.
    if (credentials === 'altered') return 'failed';
    if (!credentials) return 'unsupported';
    const app = await this.catalog.findHeld(row.tenantId, row.appId);
    return app ? this.revocations.revoke(row.tenantId, app, row.connectionId, credentials) : 'unsupported';
  }

  async #credentials(row: DueRevocation): Promise<Secret<Credentials> | 'altered' | null> {
    try {
      return await this.due.credentials(row);
    } catch (error) {
      if (error instanceof AlteredSecretError) return 'altered';
      throw error;
    }
  }
}
