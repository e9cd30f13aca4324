import { Injectable } from '@nestjs/common';
import type { Tenant } from '#libs/tenants';
import { Clock } from '#libs/scheduling';
import { JtiUses } from './jti-uses.store.js';
import { readParts } from './jws-parts.js';
import { checkHeader, checkParties, checkSignature, checkTimes, identityClaim } from './partner-token-rules.js';
import { RefusedToken } from './refused-token.js';
import { TrustedKeys } from './trusted-keys.service.js';

export interface PartnerIdentity {
  org: string;
  subject: string;
}

/** Verifies the JWTs that a tenant signs for its users (protocol.md §4, C18 and C19). */
@Injectable()
export class PartnerTokens {
  constructor(
    private readonly keys: TrustedKeys,
    private readonly jtiUses: JtiUses,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies a token and uses up its `jti` for one requested token type.
   * @param tenant the one that the authenticated client belongs to: never chosen by the token
   * @throws RefusedToken, or Problem temporarily_unavailable when the tenant's keys can't be read
   */
  async redeem(tenant: Tenant, token: string, requestedType: string): Promise<PartnerIdentity> {
    const { header, payload } = readParts(token);
    const { alg, kid } = checkHeader(header);
    const key = await this.keys.find(tenant.id, kid);
    if (!key) throw new RefusedToken('key', 'kid names no key of the registered JWKS');
    await checkSignature(token, alg, key);
    checkParties(payload, tenant);
    const exp = checkTimes(payload, tenant.maxTokenAgeSeconds, this.clock.now());
    const identity = {
      org: identityClaim(payload, tenant.orgClaim),
      subject: identityClaim(payload, tenant.userClaim),
    };
    await this.#useJti(tenant, payload.jti, requestedType, exp);
    return identity;
  }

  async #useJti(tenant: Tenant, jti: unknown, requestedType: string, exp: number): Promise<void> {
    if (jti === undefined && tenant.jtiPolicy === 'optional') return;
    if (typeof jti !== 'string' || jti === '') throw new RefusedToken('replay', 'jti is missing or not a string');
    // Kept past the leeway: until then the same token would still pass the time check.
    const keptUntil = new Date((exp + 2 * 60) * 1000);
    if (!(await this.jtiUses.use(tenant.id, jti, requestedType, keptUntil))) {
      throw new RefusedToken('replay', 'this jti was used before');
    }
  }
}
