import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import type { Queryable, TenantId } from '#libs/database';
import { signals } from '#libs/telemetry';
import { DataKeys } from './data-keys.js';
import { sealValue, type SealedValue, type SecretPlace } from './secret-place.js';

/** The tenant's current data key at hand: seals without asking the database, for an answer that arrives while it is away. `dispose` zeroes its copy of the key. */
export interface TenantSeal extends Disposable {
  seal(place: SecretPlace, version: number, value: Secret<unknown>): SealedValue;
}

@Injectable()
export class TenantSeals {
  constructor(private readonly dataKeys: DataKeys) {}

  /** The caller disposes of it. */
  async of(tenantId: TenantId, tx: Queryable): Promise<TenantSeal> {
    const held = await this.dataKeys.copyNewest(tenantId, tx);
    let isDisposed = false;
    return {
      seal: (place, version, value) => {
        // Sealed under zeros, anybody could open it.
        if (isDisposed) throw new Error('This seal was disposed of.');
        this.dataKeys.countSeals(tenantId, held.generation);
        signals.vaultUsed.publish({ operation: 'seal', result: 'ok' });
        return { generation: held.generation, sealed: sealValue(held.key, { tenantId, place, version }, value) };
      },
      [Symbol.dispose]: () => {
        isDisposed = true;
        held.key.fill(0);
      },
    };
  }
}
