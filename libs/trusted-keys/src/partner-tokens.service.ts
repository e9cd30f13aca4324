import { Injectable } from '@nestjs/common';
import type { Tenant } from '#libs/tenants';
import { Clock } from '#libs/scheduling';
import { SKEW_SECONDS } from './claim-checks.js';
import { displayName } from './display-name.js';
import { JtiUses } from './jti-uses.store.js';
import type { TokenUnderCheck } from './token-check.js';
import { explainAll, requireAll, type ExplainedCheck } from './token-checks.js';
import { TrustedKeys } from './trusted-keys.service.js';

export interface PartnerIdentity {
  org: string;
  subject: string;
  /** What the tenant calls the person; absent where the token says nothing fit to be shown. */
  name?: string;
}

/** Of one token alone, besides what every token of the tenant must say. */
export interface ExpectedClaims {
  /** Where the token answers a question of ours: what it was asked with. */
  nonce?: string;
}

export interface TokenExplanation {
  valid: boolean;
  checks: ExplainedCheck[];
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
  redeem(
    tenant: Tenant,
    token: string,
    requestedType: string,
    { nonce }: ExpectedClaims = {},
  ): Promise<PartnerIdentity> {
    const takeJti = async (jti: string, exp: number) => {
      // Kept past the leeway: until then the same token would still pass the time check.
      const keptUntil = new Date((exp + 2 * SKEW_SECONDS) * 1000);
      const isNew = await this.jtiUses.use(tenant.id, jti, requestedType, keptUntil);
      return isNew
        ? null
        : `This jti was used before for ${requestedType}. Sign a token with a jti of its own for each exchange.`;
    };
    return this.#require({ ...this.#underCheck(tenant, token, takeJti), expectedNonce: nonce });
  }

  /** All that redeem does but for the `jti`, which stays as it is. @throws as redeem */
  verify(tenant: Tenant, token: string): Promise<PartnerIdentity> {
    return this.#require(this.#underCheck(tenant, token, () => Promise.resolve(null)));
  }

  /** Every check by name, for the tenant's operator. Issues nothing, uses up no `jti`, and fetches no oftener than an exchange would. */
  async explain(tenant: Tenant, token: string): Promise<TokenExplanation> {
    const underCheck = this.#underCheck(tenant, token, async (jti) => {
      const types = await this.jtiUses.typesOf(tenant.id, jti);
      return types.length === 0 ? null : `This jti was used before, for ${types.join(', ')}: each type takes it once.`;
    });
    const checks = await explainAll(underCheck);
    return { valid: checks.every(({ ok }) => ok), checks };
  }

  async #require(underCheck: TokenUnderCheck): Promise<PartnerIdentity> {
    try {
      await requireAll(underCheck);
    } finally {
      if (underCheck.verifiedKid !== undefined) this.keys.noteUse(underCheck.tenant.id, underCheck.verifiedKid);
    }
    const { org, user } = underCheck;
    if (org === undefined || user === undefined) throw new Error('The checks passed without naming a user.');
    const name = displayName(underCheck.payload?.name);
    return { org, subject: user, ...(name !== undefined && { name }) };
  }

  #underCheck(tenant: Tenant, token: string, takeJti: TokenUnderCheck['takeJti']): TokenUnderCheck {
    const keys = {
      find: (kid: string) => this.keys.find(tenant.id, kid),
      whyMissing: (kid: string) => this.keys.whyMissing(tenant.id, kid),
    };
    return { token, tenant, now: this.clock.now(), keys, takeJti };
  }
}
