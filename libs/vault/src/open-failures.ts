import { Injectable, Logger } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { KeyringError } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { AlteredSecretError, type Standing } from './secret-place.js';

const RECORDED_EVERY_SECONDS = 60;
const ACTOR: Actor = { name: 'vault', address: null };

interface Noted {
  failures: number;
  /** The first of them. */
  subject: string;
  reason: string;
}

/**
 * Stored secrets that did not open: the sign of somebody who writes to the database, or of a lost key. Each is in the log; the tenant's audit
 * gets one entry a minute from each process, with their number.
 */
@Injectable()
export class OpenFailures {
  readonly #log = new Logger('Vault');
  readonly #noted = new Map<TenantId, Noted>();
  readonly #recordedAt = new Map<TenantId, number>();

  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** What is no failure to open, such as a tenant that is gone, is left out. */
  note({ tenantId, place, version }: Standing, error: unknown): void {
    if (!(error instanceof AlteredSecretError || error instanceof KeyringError)) return;
    const subject = `${place.kind}/${place.rowId}/${place.field}`;
    const noted = this.#noted.get(tenantId);
    if (noted) noted.failures += 1;
    else this.#noted.set(tenantId, { failures: 1, subject, reason: error.name });
    this.#log.error({ msg: 'A stored secret does not open.', tenant: tenantId, subject, version, reason: error.name });
  }

  /** For a tick. What could not be written is kept for the next one. */
  async flush(): Promise<void> {
    const now = this.clock.now().getTime();
    for (const [tenantId, at] of this.#recordedAt)
      if (at <= now - RECORDED_EVERY_SECONDS * 1000) this.#recordedAt.delete(tenantId);
    for (const [tenantId, noted] of this.#noted)
      if (!this.#recordedAt.has(tenantId)) await this.#record(tenantId, noted);
  }

  async #record(tenantId: TenantId, noted: Noted): Promise<void> {
    const { failures, subject, reason } = noted;
    const entry = { actor: ACTOR, action: 'vault.open_failed' as const, subject, details: { failures, reason } };
    await this.database.of(tenantId).transaction((tx) => this.audit.record(tx, tenantId, entry));
    this.#recordedAt.set(tenantId, this.clock.now().getTime());
    noted.failures -= failures;
    if (noted.failures === 0) this.#noted.delete(tenantId);
  }
}
