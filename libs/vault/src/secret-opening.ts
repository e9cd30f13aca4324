import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { signals } from '#libs/telemetry';
import { DataKeys } from './data-keys.js';
import type { WrappedKey } from './data-keys.store.js';
import { OpenFailures } from './open-failures.js';
import { openValue, type Standing } from './secret-place.js';

/** A stored secret with the data key that it was sealed under. */
export interface SealedRow extends WrappedKey {
  version: number;
  sealed: Buffer;
}

/** Opens what was stored, counts it, and notes what does not open. */
@Injectable()
export class SecretOpening {
  constructor(
    private readonly dataKeys: DataKeys,
    private readonly failures: OpenFailures,
  ) {}

  /** @throws AlteredSecretError, KeyringError */
  async open<T>(standing: Standing, key: WrappedKey, sealed: Buffer): Promise<Secret<T>> {
    try {
      const value = await this.dataKeys.use(standing.tenantId, key, (unwrapped) =>
        openValue(unwrapped, standing, sealed),
      );
      signals.vaultUsed.publish({ operation: 'open', result: 'ok' });
      return new Secret(value as T);
    } catch (error) {
      signals.vaultUsed.publish({ operation: 'open', result: 'failed' });
      this.failures.note(standing, error);
      throw error;
    }
  }
}
