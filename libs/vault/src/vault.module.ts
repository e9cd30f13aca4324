import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '#libs/config';
import { Keyring, LocalKeyring } from '#libs/crypto';
import { DataKey } from './data-key.entity.js';
import { DataKeys } from './data-keys.js';
import { Sealer } from './sealer.js';
import { SealingKey } from './sealing-key.entity.js';
import { VaultSecret } from './vault-secret.entity.js';
import { Vault } from './vault.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([DataKey, VaultSecret, SealingKey])],
  providers: [
    { provide: Keyring, inject: [Config], useFactory: (config: Config) => new LocalKeyring(config.vaultKeyring) },
    DataKeys,
    Vault,
    Sealer,
  ],
  exports: [Vault, Sealer],
})
export class VaultModule {}
