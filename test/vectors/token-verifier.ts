import { generateKeyPairSync } from 'node:crypto';
import { Problem } from '#libs/errors';
import { createTestDatabase, newTenant, startTestApp, type TestApp } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from '#libs/trusted-keys';
import type { Jwk } from './wycheproof.js';

/**
 * What a vector about signatures is about. Left out are `typ`, `payload` and the claims: there we ask for more than a JWS has to have, and
 * most vectors sign a word.
 */
const ENVELOPE = ['size', 'format', 'header', 'forbidden_headers', 'alg', 'kid', 'key', 'key_alg', 'signature'];

export interface Verdict {
  isAccepted: boolean;
  /** The checks of the envelope that failed. */
  failed: string[];
}

/** The verifier of partners' tokens, for tenants that trust whatever keys a vector brings. */
export class TokenVerifier {
  private constructor(
    readonly app: TestApp,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(): Promise<TokenVerifier> {
    const database = await createTestDatabase();
    const app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
    return new TokenVerifier(app, () => database.drop());
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.dropDatabase();
  }

  /** A tenant that uploads these keys, or the sentence that refuses them. */
  async tenantTrusting(keys: readonly Jwk[]): Promise<Tenant | string> {
    try {
      const made = await this.app
        .get(Tenants)
        .create(newTenant(), ({ id }, tx) => this.app.get(TrustedKeys).register(id, { jwks: { keys } }, tx));
      return made.tenant;
    } catch (error) {
      if (error instanceof Problem && error.code === 'invalid') return error.message;
      throw error;
    }
  }

  /** A tenant with these keys. Where they are refused, one with another key of the same kid: the token is judged all the same. */
  async tenantFor(keys: readonly Jwk[]): Promise<Tenant> {
    const tenant = await this.tenantTrusting(keys);
    if (typeof tenant !== 'string') return tenant;
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const decoy = await this.tenantTrusting([{ ...publicKey.export({ format: 'jwk' }), kid: keys[0]?.kid ?? 'decoy' }]);
    if (typeof decoy === 'string') throw new Error(decoy);
    return decoy;
  }

  async judge(tenant: Tenant, token: string): Promise<Verdict> {
    const { checks } = await this.app.get(PartnerTokens).explain(tenant, token);
    const envelope = checks.filter(({ check }) => ENVELOPE.includes(check));
    const failed = envelope.filter(({ ok }) => !ok).map(({ check }) => check);
    return { isAccepted: failed.length === 0 && envelope.length === ENVELOPE.length, failed };
  }
}
