import { Injectable } from '@nestjs/common';
import { Keyring } from '#libs/crypto';
import { DataKeyStore } from './data-keys.store.js';

interface RingKey {
  id: string;
  /** How many it wraps. */
  dataKeys: number;
}

/** Ids of keys and counts: never a key. */
export interface Inventory {
  /** Of the ring, the primary first. */
  keys: RingKey[];
  /** Needed by data keys, and not in the ring. */
  missing: RingKey[];
}

/** What the keyring holds, and what needs it. */
@Injectable()
export class VaultInventory {
  constructor(
    private readonly keyring: Keyring,
    private readonly store: DataKeyStore,
  ) {}

  async read(): Promise<Inventory> {
    const counts = new Map((await this.store.keysInUse()).map(({ keyId, dataKeys }) => [keyId, dataKeys]));
    const { ids } = this.keyring;
    return {
      keys: ids.map((id) => ({ id, dataKeys: counts.get(id) ?? 0 })),
      missing: [...counts].filter(([id]) => !ids.includes(id)).map(([id, dataKeys]) => ({ id, dataKeys })),
    };
  }
}
