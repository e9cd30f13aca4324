import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HeldKeySets } from './held-key-sets.js';
import { JtiUse } from './jti-use.entity.js';
import { JtiUses } from './jti-uses.store.js';
import { JwksFetch } from './jwks-fetch.js';
import { KeyRenewal } from './key-renewal.js';
import { PartnerTokens } from './partner-tokens.service.js';
import { TrustedKeySet } from './trusted-key-set.entity.js';
import { TrustedKeySets } from './trusted-key-sets.store.js';
import { TrustedKeyUse } from './trusted-key-use.entity.js';
import { TrustedKeys } from './trusted-keys.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([TrustedKeySet, TrustedKeyUse, JtiUse])],
  providers: [TrustedKeys, TrustedKeySets, HeldKeySets, KeyRenewal, JwksFetch, PartnerTokens, JtiUses],
  exports: [TrustedKeys, PartnerTokens, JtiUses],
})
export class TrustedKeysModule {}
