import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { JtiUse } from './jti-use.entity.js';
import { JtiUses } from './jti-uses.store.js';
import { JwksFetch } from './jwks-fetch.js';
import { PartnerTokens } from './partner-tokens.service.js';
import { TrustedKeySet } from './trusted-key-set.entity.js';
import { TrustedKeys } from './trusted-keys.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([TrustedKeySet, JtiUse])],
  providers: [TrustedKeys, JwksFetch, PartnerTokens, JtiUses],
  exports: [TrustedKeys, PartnerTokens, JtiUses],
})
export class TrustedKeysModule {}
