import { ed25519Fault } from './ed25519-point.js';
import { excerpt } from './excerpt.js';
import {
  algorithmsOf,
  signatureAlgorithms,
  toVerificationKey,
  type PublicJwk,
  type VerificationKey,
} from './jws-signature.js';
import { hasRocaFingerprint } from './roca.js';
import { JsonFault, readJson } from './strict-json.js';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MAX_KEYS = 100;
const MAX_DEPTH = 8;
/** Safe in a log line, a header, a query and a path. */
export const KID = /^[\w.~:+/=@-]{1,128}$/;
const OPERATION = /^[A-Za-z]{1,20}$/;
const RSA_BITS = { least: 2048, most: 4096 };
const RSA_EXPONENT = { least: 65_537n, below: 2n ** 32n };
const COORDINATE_BYTES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, Ed25519: 32 };

/** A key that is in the set but verifies nothing, and why. */
export interface IgnoredKey {
  kid: string | null;
  reason: string;
}

export interface AdmittedKeys {
  keys: PublicJwk[];
  ignored: IgnoredKey[];
}

/** The message never quotes the set: there may be a private key in it. */
export class RefusedKeySet extends Error {
  override readonly name = 'RefusedKeySet';
}

/** Admits the keys of a JWK Set as it was fetched. @throws RefusedKeySet */
export function readKeySet(bytes: Uint8Array): AdmittedKeys {
  return admitKeys(parse(bytes));
}

/**
 * The keys of a JWK Set that may verify signatures, reduced to their public members, and what was left out.
 * @throws RefusedKeySet when the set itself is not acceptable: not a JWK Set, too many keys, a private key in it, two keys of one kid, none
 *   that is usable
 */
export function admitKeys(set: unknown): AdmittedKeys {
  const candidates = (set as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(candidates)) throw new RefusedKeySet('It is not a JWK Set: it has no "keys" array.');
  if (candidates.length > MAX_KEYS)
    throw new RefusedKeySet(`It holds ${candidates.length} keys; at most ${MAX_KEYS} are read. Take old keys down.`);
  if (candidates.some(hasPrivateMember))
    throw new RefusedKeySet('It publishes a private or symmetric key. Take it down and replace that key.');
  const keys: PublicJwk[] = [];
  const ignored: IgnoredKey[] = [];
  for (const candidate of candidates) {
    const key = usableKey(candidate);
    if (typeof key === 'string') ignored.push({ kid: kidOf(candidate), reason: key });
    else keys.push(key.jwk);
  }
  const kids = keys.map(({ kid }) => kid);
  const repeated = kids.find((kid, index) => kids.indexOf(kid) !== index);
  if (repeated !== undefined)
    throw new RefusedKeySet(`Two of its keys have the same kid ${excerpt(repeated)}. Give each key a kid of its own.`);
  if (keys.length === 0)
    throw new RefusedKeySet(`None of its keys can verify a signature. ${ignored[0]?.reason ?? 'It is empty.'}`);
  return { keys, ignored };
}

/** A key that may verify signatures, or the sentence that says why it may not. */
export function usableKey(candidate: unknown): VerificationKey | string {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate))
    return 'It is not a JSON object.';
  const fault = memberFault(candidate);
  if (fault !== null) return fault;
  const jwk = publicMembers(candidate as PublicJwk);
  const weakness = purposeFault(jwk) ?? algorithmFault(jwk) ?? (jwk.kty === 'RSA' ? rsaFault(jwk) : pointFault(jwk));
  if (weakness !== null) return weakness;
  try {
    return toVerificationKey(jwk);
  } catch {
    return jwk.kty === 'RSA' ? 'It is not an RSA key.' : `Its point is not on the curve ${jwk.crv}.`;
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes, MAX_DEPTH);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new RefusedKeySet(`It can't be read as a JWK Set: ${error.message}.`);
  }
}

function hasPrivateMember(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false;
  return PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)) || (key as { kty?: unknown }).kty === 'oct';
}

function kidOf(candidate: unknown): string | null {
  const kid = (candidate as { kid?: unknown } | null)?.kid;
  if (kid === undefined || kid === null) return null;
  return typeof kid === 'string' && KID.test(kid) ? kid : excerpt(kid);
}

const TEXT_MEMBERS = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'] as const;

/** Types only: whether the texts mean anything is for later. */
function memberFault(jwk: object): string | null {
  const members = jwk as Record<string, unknown>;
  const wrong = TEXT_MEMBERS.find((name) => members[name] !== undefined && typeof members[name] !== 'string');
  if (wrong !== undefined) return `Its "${wrong}" is not a string.`;
  if (members.kid === undefined) return 'It has no kid.';
  if (!KID.test(members.kid as string)) return 'Its kid is not 1 to 128 of A-Z, a-z, 0-9 and _.~:+/=@-.';
  const operations = members.key_ops;
  const areTexts = Array.isArray(operations) && operations.every((name) => typeof name === 'string');
  return operations === undefined || areTexts ? null : 'Its "key_ops" is not an array of strings.';
}

/** Of each type the members that it has, so that all that is kept has been looked at. */
function publicMembers({ kty, kid, use, key_ops: operations, alg, n, e, crv, x, y }: PublicJwk): PublicJwk {
  const ofType = kty === 'RSA' ? { n, e } : kty === 'EC' ? { crv, x, y } : { crv, x };
  const members = { kty, kid, use, key_ops: operations?.filter((name) => OPERATION.test(name)), alg, ...ofType };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as unknown as PublicJwk;
}

function purposeFault({ use, key_ops: operations }: PublicJwk): string | null {
  if (use !== undefined && use !== 'sig') return `Its use is ${excerpt(use)}, not "sig".`;
  return operations === undefined || operations.includes('verify') ? null : 'Its key_ops do not include "verify".';
}

function algorithmFault({ kty, crv, alg }: PublicJwk): string | null {
  const possible = algorithmsOf({ kty, ...(crv !== undefined && { crv }) });
  if (possible.length === 0) {
    const what = kty === 'EC' || kty === 'OKP' ? `curve is ${excerpt(crv)}` : `kty is ${excerpt(kty)}`;
    return `Its ${what}, which is not supported: use RSA, EC with P-256, P-384 or P-521, or OKP with Ed25519.`;
  }
  if (alg === undefined || possible.includes(alg)) return null;
  const known = signatureAlgorithms.includes(alg);
  return `Its alg ${excerpt(alg)} ${known ? 'does not fit its type' : 'is not supported'}: such a key is for ${possible.join(', ')}.`;
}

function rsaFault({ n = '', e = '' }: PublicJwk): string | null {
  if (!isCanonical(n) || !isCanonical(e)) return 'Its n and e are not both canonical base64url.';
  const modulus = toInteger(n);
  const exponent = toInteger(e);
  const bits = modulus.toString(2).length;
  if (bits < RSA_BITS.least || bits > RSA_BITS.most)
    return `It is an RSA key of ${bits} bits: ${RSA_BITS.least} to ${RSA_BITS.most} are accepted.`;
  if (exponent < RSA_EXPONENT.least || exponent >= RSA_EXPONENT.below || exponent % 2n === 0n)
    return 'Its exponent e is not an odd number from 65537 to below 2^32.';
  if (modulus % 2n === 0n) return 'Its modulus n is even, so it is not an RSA key.';
  if (hasRocaFingerprint(modulus))
    return 'It can be factored (ROCA, CVE-2017-15361). Replace it by a key from another generator.';
  return null;
}

function pointFault({ kty, crv = '', x = '', y }: PublicJwk): string | null {
  const coordinates = kty === 'EC' ? [x, y ?? ''] : [x];
  const bytes = COORDINATE_BYTES[crv];
  if (!coordinates.every((text) => isCanonical(text) && Buffer.from(text, 'base64url').length === bytes))
    return `Its ${kty === 'EC' ? 'x and y are not each' : 'x is not'} ${bytes} bytes of canonical base64url.`;
  return kty === 'OKP' ? ed25519Fault(Buffer.from(x, 'base64url')) : null;
}

function isCanonical(text: string): boolean {
  return text !== '' && Buffer.from(text, 'base64url').toString('base64url') === text;
}

function toInteger(base64url: string): bigint {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`);
}
