import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { Config } from '#libs/config';
import { Keyring, LocalKeyring } from '#libs/crypto';
import { TenantsModule } from '#libs/tenants';
import { DataKey } from './data-key.entity.js';
import { DataKeyRewrap } from './data-key-rewrap.js';
import { DataKeyRenewal } from './data-key-renewal.js';
import { DataKeys } from './data-keys.js';
import { DataKeyStore } from './data-keys.store.js';
import { requireKeys } from './keyring-check.js';
import { OpenFailures } from './open-failures.js';
import { Reencryption } from './reencryption.js';
import { RewrapPart } from './rewrap-part.entity.js';
import { RewrapRunner } from './rewrap-runner.js';
import { Rewrap } from './rewrap.entity.js';
import { Rewraps } from './rewraps.js';
import { RewrapStore } from './rewraps.store.js';
import { Sealer } from './sealer.js';
import { SecretBatches } from './secret-batches.js';
import { SecretOpening } from './secret-opening.js';
import { SealingKey } from './sealing-key.entity.js';
import { Shredding } from './shredding.js';
import { TenantRewrap } from './tenant-rewrap.js';
import { TenantSeals } from './tenant-seal.js';
import { Tombstone } from './tombstone.entity.js';
import { Tombstones } from './tombstones.store.js';
import { VaultInventory } from './vault-inventory.js';
import { VaultMemory } from './vault-memory.js';
import { VaultSecret } from './vault-secret.entity.js';
import { VaultWorker } from './vault-worker.js';
import { Vault } from './vault.service.js';

/** Before anything that needs the ring: deleted tenants that a backup brought back go, and only then is every key needed. */
const keyring = {
  provide: Keyring,
  inject: [Config, Tombstones, DataKeyStore],
  useFactory: async (config: Config, tombstones: Tombstones, dataKeys: DataKeyStore) => {
    const ring = new LocalKeyring(config.vaultKeyring);
    await tombstones.replay();
    await requireKeys(ring, await dataKeys.keysInUse());
    return ring;
  },
};

const stores = [DataKeyStore, Tombstones, RewrapStore];
const entities = [DataKey, VaultSecret, SealingKey, Tombstone, Rewrap, RewrapPart];

@Module({
  imports: [TypeOrmModule.forFeature(entities), AuditModule, TenantsModule],
  providers: [
    keyring,
    ...stores,
    DataKeys,
    OpenFailures,
    SecretOpening,
    TenantSeals,
    SecretBatches,
    Vault,
    Sealer,
    Shredding,
    DataKeyRenewal,
    DataKeyRewrap,
    Reencryption,
    TenantRewrap,
    RewrapRunner,
    Rewraps,
    VaultInventory,
    VaultMemory,
    VaultWorker,
  ],
  exports: [Vault, Sealer, Shredding, Rewraps, VaultInventory, VaultMemory, VaultWorker],
})
export class VaultModule {}
