import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { VaultModule } from '#libs/vault';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([SigningKey]), VaultModule],
  providers: [SigningKeys],
  exports: [SigningKeys],
})
export class SigningKeysModule {}
