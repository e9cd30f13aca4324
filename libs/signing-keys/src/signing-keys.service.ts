import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { JWK } from 'jose';
import type { Repository } from 'typeorm';
import type { TenantId, Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { newKeyPair } from './key-pair.js';
import { SigningKey } from './signing-key.entity.js';

/** The keys that we hold for a tenant. */
@Injectable()
export class SigningKeys {
  constructor(
    @InjectRepository(SigningKey) private readonly keys: Repository<SigningKey>,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** The tenant's first key, active at once: nobody can have cached a key set without it. */
  async createFirst(tenantId: TenantId, tx: Transaction): Promise<void> {
    const { kid, alg, publicJwk, privateJwk } = await newKeyPair();
    const now = this.clock.now();
    await tx.manager.insert(SigningKey, {
      tenantId,
      kid,
      alg,
      publicJwk: publicJwk as object,
      state: 'active',
      activatesAt: now,
      retiresAt: null,
      lastUsedAt: null,
    });
    await this.vault.put(tenantId, { kind: 'signing-key', rowId: kid, field: 'private_jwk' }, privateJwk, tx);
  }

  list(tenantId: TenantId): Promise<SigningKey[]> {
    return this.keys.find({ where: { tenantId }, order: { createdAt: 'ASC' } });
  }

  /** The public half of every key that may have signed something still valid, or soon will sign. */
  async jwks(tenantId: TenantId): Promise<{ keys: JWK[] }> {
    const keys = await this.list(tenantId);
    return { keys: keys.filter(({ state }) => state !== 'revoked').map(({ publicJwk }) => publicJwk) };
  }
}
