import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JSONWebKeySet, SignJWT } from 'jose';

const LIFE_SECONDS = 300;

/** Zapier's own key, which signs its callbacks. It is made when it is first needed: an RSA key takes its time. */
export class SigningKey {
  #keys: Promise<GenerateKeyPairResult> | null = null;

  constructor(private readonly kid: string) {}

  async published(): Promise<JSONWebKeySet> {
    const { publicKey } = await this.#pair();
    return { keys: [{ ...(await exportJWK(publicKey)), kid: this.kid, use: 'sig', alg: 'RS256' }] };
  }

  async sign(claims: Record<string, unknown>, now: number): Promise<string> {
    const { privateKey } = await this.#pair();
    const issued = Math.floor(now / 1000);
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.kid });
    return jwt
      .setIssuedAt(issued)
      .setExpirationTime(issued + LIFE_SECONDS)
      .sign(privateKey);
  }

  #pair(): Promise<GenerateKeyPairResult> {
    this.#keys ??= generateKeyPair('RS256', { extractable: true });
    return this.#keys;
  }
}
