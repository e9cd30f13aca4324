import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JSONWebKeySet, SignJWT } from 'jose';

const LIFE_SECONDS = 300;

/** Zapier's own key, which signs its callbacks. */
export class SigningKey {
  private constructor(
    private readonly kid: string,
    private readonly keys: GenerateKeyPairResult,
    readonly published: JSONWebKeySet,
  ) {}

  static async create(kid: string): Promise<SigningKey> {
    const keys = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(keys.publicKey)), kid, use: 'sig', alg: 'RS256' };
    return new SigningKey(kid, keys, { keys: [jwk] });
  }

  sign(claims: Record<string, unknown>, now: number): Promise<string> {
    const issued = Math.floor(now / 1000);
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.kid });
    return jwt
      .setIssuedAt(issued)
      .setExpirationTime(issued + LIFE_SECONDS)
      .sign(this.keys.privateKey);
  }
}
