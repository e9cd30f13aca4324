import { Injectable } from '@nestjs/common';
import { KeyringError } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import { DataKeys } from './data-keys.js';
import { DataKeyStore, type KeyOfTenant } from './data-keys.store.js';

export interface Rewrapped {
  tenantId: TenantId;
  done: number;
  failed: number;
}

/** Wraps data keys anew, under the primary key of the ring. The keys themselves stay what they are. */
@Injectable()
export class DataKeyRewrap {
  constructor(
    private readonly dataKeys: DataKeys,
    private readonly store: DataKeyStore,
  ) {}

  /** What does not open is left as it is, for somebody to look at. What somebody else is writing to at this moment is left out. */
  async wrap(tenantIds: readonly TenantId[], keyId: string, tx: Transaction): Promise<Rewrapped[]> {
    const results = new Map(tenantIds.map((tenantId) => [tenantId, { tenantId, done: 0, failed: 0 }]));
    const moved: { before: KeyOfTenant; anew: KeyOfTenant }[] = [];
    for (const before of await this.store.wrappedOtherwise(tenantIds, keyId, tx)) {
      const result = results.get(before.tenantId);
      try {
        const anew = await this.dataKeys.wrapAnew(before.tenantId, before);
        moved.push({ before, anew: { tenantId: before.tenantId, ...anew } });
        if (result) result.done += 1;
      } catch (error) {
        if (!(error instanceof KeyringError)) throw error;
        if (result) result.failed += 1;
      }
    }
    if (moved.length > 0) await this.store.rewrap(moved, tx);
    return [...results.values()];
  }
}
