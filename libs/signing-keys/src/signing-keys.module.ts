import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { EventsModule } from '#libs/events';
import { VaultModule } from '#libs/vault';
import { KeyRotation } from './key-rotation.service.js';
import { PublishedKeys } from './published-keys.js';
import { Signer } from './signer.js';
import { SigningKeySet } from './signing-key-set.entity.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeyStore } from './signing-keys.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([SigningKey, SigningKeySet]), VaultModule, AuditModule, EventsModule],
  providers: [SigningKeyStore, KeyRotation, PublishedKeys, Signer],
  exports: [SigningKeyStore, KeyRotation, PublishedKeys, Signer],
})
export class SigningKeysModule {}
