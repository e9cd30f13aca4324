import { compactVerify, importJWK, type JWK } from 'jose';
import type { Tenant } from '#libs/tenants';
import { algorithmsOf } from './key-admission.js';
import type { JsonObject } from './jws-parts.js';
import { RefusedToken } from './refused-token.js';

const SKEW_SECONDS = 60;
const MAX_CLAIM_LENGTH = 255;
/** Each would let the token choose its own key or change what is signed (RFC 8725 §3.10). */
const FORBIDDEN_HEADERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip'];
const CONTROL_CHARACTERS = /\p{Cc}/u;

/** C18 items 2 to 4: what the header may say. @returns alg and kid */
export function checkHeader(header: JsonObject): { alg: string; kid: string } {
  const forbidden = FORBIDDEN_HEADERS.find((name) => Object.hasOwn(header, name));
  if (forbidden !== undefined) throw new RefusedToken('header', `it carries "${forbidden}"`);
  const { alg, typ, kid } = header;
  if (typ !== undefined && !(typeof typ === 'string' && /^jwt$/i.test(typ)))
    throw new RefusedToken('header', 'typ is not JWT');
  if (typeof alg !== 'string') throw new RefusedToken('header', 'alg is missing');
  if (typeof kid !== 'string' || kid === '') throw new RefusedToken('header', 'kid is missing');
  return { alg, kid };
}

/** The key decides which algorithms are possible; the header only says which of them was used. */
export async function checkSignature(token: string, alg: string, jwk: JWK): Promise<void> {
  if (!algorithmsOf(jwk).includes(alg)) throw new RefusedToken('header', `alg ${alg} does not fit the key`);
  try {
    await compactVerify(token, await importJWK(jwk, alg), { algorithms: [alg] });
  } catch {
    throw new RefusedToken('signature', 'the signature does not verify with the key of that kid');
  }
}

/** C18 item 5. @returns `exp` */
export function checkTimes(payload: JsonObject, maxAgeSeconds: number, now: Date): number {
  const nowSeconds = now.getTime() / 1000;
  const exp = numericDate(payload, 'exp');
  const iat = numericDate(payload, 'iat');
  const nbf = payload.nbf === undefined ? iat : numericDate(payload, 'nbf');
  if (exp + SKEW_SECONDS <= nowSeconds) throw new RefusedToken('time', 'it is expired');
  if (Math.max(iat, nbf) - SKEW_SECONDS > nowSeconds) throw new RefusedToken('time', 'it is not valid yet');
  if (exp - iat > maxAgeSeconds + SKEW_SECONDS)
    throw new RefusedToken('time', `exp is more than ${maxAgeSeconds} s after iat`);
  if (nowSeconds - iat > maxAgeSeconds + SKEW_SECONDS)
    throw new RefusedToken('time', `iat is more than ${maxAgeSeconds} s ago`);
  return exp;
}

export function checkParties(payload: JsonObject, { issuer, audience }: Pick<Tenant, 'issuer' | 'audience'>): void {
  if (payload.iss !== issuer) throw new RefusedToken('claims', 'iss is not the registered issuer');
  const aud: unknown = Array.isArray(payload.aud) && payload.aud.length === 1 ? payload.aud[0] : payload.aud;
  if (aud !== audience) throw new RefusedToken('claims', 'aud is not the registered audience alone');
}

/** C18 item 6: numbers are refused rather than coerced, or 1 and "1" would be one user. */
export function identityClaim(payload: JsonObject, name: string): string {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (typeof value !== 'string' || value === '' || value.length > MAX_CLAIM_LENGTH || CONTROL_CHARACTERS.test(value)) {
    throw new RefusedToken('claims', `${name} is not a string of 1 to ${MAX_CLAIM_LENGTH} printable characters`);
  }
  return value;
}

function numericDate(payload: JsonObject, name: string): number {
  const value = payload[name];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new RefusedToken('time', `${name} is not a NumericDate`);
  return value;
}
