import { constants, createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { Answer } from '../main-job/answer.js';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { TOKEN_EXCHANGE, types } from '../main-job/partner.js';

interface Pair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}
export type Kid = 'ec' | 'p384' | 'rsa' | 'ed' | 'weak' | 'enc';
type Members = Record<string, unknown>;

export interface Explanation {
  valid: boolean;
  checks: { check: string; ok: boolean; detail: string }[];
}

/** A tenant that makes its tokens by hand, so that there is no text and no signature which it could not write. */
export class TokenSmith {
  readonly keys: Readonly<Record<Kid, Pair>> = {
    ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ed: generateKeyPairSync('ed25519'),
    /** In the registered set as well, but nothing that may verify a token. */
    weak: generateKeyPairSync('rsa', { modulusLength: 1024 }),
    enc: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  readonly issuer: string;
  readonly audience: string;
  #client = { client_id: '', client_secret: '' };

  constructor(
    private readonly gatehouse: Gatehouse,
    readonly slug: string,
    /** Put before each kid, so that tenants have the same or different ones. */
    readonly kidPrefix = '',
  ) {
    this.issuer = `https://${slug}.test`;
    this.audience = `${slug}.gatehouse.test`;
  }

  /** @param trust by default the keys are uploaded */
  async enrol(trust: object = { jwks: this.jwks() }, settings: object = {}): Promise<this> {
    const { slug, issuer, audience } = this;
    const body = { slug, name: slug, issuer, audience, trust, ...settings };
    const created = await this.gatehouse.admin('POST', '/admin/tenants', body);
    this.#client = { client_id: created.at('client.client_id'), client_secret: created.at('client.client_secret') };
    return this;
  }

  jwks(): { keys: Members[] } {
    const keys = Object.entries(this.keys).map(([kid, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid: this.kidPrefix + kid,
      ...(kid === 'enc' && { use: 'enc' }),
      ...(kid === 'rsa' && { alg: 'RS256' }),
    }));
    return { keys };
  }

  /** The text of a header. Undefined removes a member. */
  header(changes: Members = {}): string {
    return JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: `${this.kidPrefix}ec`, ...changes });
  }

  /** The text of a payload with a jti of its own, good for two minutes. */
  payload(changes: Members = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const who = { iss: this.issuer, aud: this.audience, sub: 'ada', org_id: 'org-1' };
    return JSON.stringify({ ...who, iat: now, nbf: now, exp: now + 120, jti: randomUUID(), ...changes });
  }

  /** What is signed with the key of this name, whatever the header says. */
  signed(header: string | Buffer = this.header(), payload: string | Buffer = this.payload(), kid: Kid = 'ec'): string {
    const input = signingInput(header, payload);
    return `${input}.${this.signature(input, kid).toString('base64url')}`;
  }

  /** With the algorithm that the key is made for; ECDSA as R and S side by side, unless DER is asked for. */
  signature(input: string, kid: Kid, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Buffer {
    const hash = kid === 'ed' ? null : kid === 'p384' ? 'sha384' : 'sha256';
    return sign(hash, Buffer.from(input), { key: this.keys[kid].privateKey, dsaEncoding });
  }

  pssSignature(input: string): Buffer {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    return sign('sha256', Buffer.from(input), { key: this.keys.rsa.privateKey, ...padding });
  }

  /** HS256, HS384 or HS512 with any secret at all. */
  macced(alg: string, kid: string, secret: string | Buffer): string {
    const input = signingInput(this.header({ alg, kid }), this.payload());
    return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(input)
      .digest('base64url')}`;
  }

  /** As this tenant's client, for an access token. @param parameters in place of the usual ones */
  exchange(token: string, parameters: Record<string, string> = {}, gatehouse = this.gatehouse): Promise<Answer> {
    const subject = { subject_token: token, subject_token_type: types.externalJwt };
    const form = {
      grant_type: TOKEN_EXCHANGE,
      requested_token_type: types.accessToken,
      ...this.#client,
      ...subject,
      ...parameters,
    };
    return gatehouse.call('POST', '/oauth/token', { form });
  }

  async explain(token: string, gatehouse = this.gatehouse): Promise<Explanation> {
    const answer = await gatehouse.admin('POST', `/admin/tenants/${this.slug}/trust/explain`, { token });
    return answer.json as Explanation;
  }
}

export function signingInput(header: string | Buffer, payload: string | Buffer): string {
  return [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
}
