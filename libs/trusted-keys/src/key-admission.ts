import type { JWK } from 'jose';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MAX_KEYS = 100;
const KID = /^[\w.~:+/=@-]{1,128}$/;
const RSA_BITS = { least: 2048, most: 4096 };

const ALGORITHMS_OF_CURVE: Record<string, string[]> = {
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA', 'Ed25519'],
};
const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

export class RefusedKeySet extends Error {
  override readonly name = 'RefusedKeySet';
}

/**
 * The keys of a JWK Set that may verify signatures; encryption keys and symmetric keys are left out.
 * @throws RefusedKeySet when the set itself is not acceptable: not a JWK Set, too many keys, a private key in it, two keys of one kid
 */
export function admitKeys(set: unknown): JWK[] {
  const keys = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new RefusedKeySet('It is not a JWK Set: it has no "keys" array.');
  if (keys.length > MAX_KEYS) throw new RefusedKeySet(`It holds ${keys.length} keys; at most ${MAX_KEYS} are read.`);
  if (keys.some(hasPrivateMember))
    throw new RefusedKeySet('It publishes a private or symmetric key. Take it down and replace that key.');
  const admitted = keys.filter(isVerificationKey);
  if (new Set(admitted.map(({ kid }) => kid)).size !== admitted.length)
    throw new RefusedKeySet('Two of its keys have the same kid.');
  if (admitted.length === 0)
    throw new RefusedKeySet('None of its keys can verify a signature (kid, use, key size and curve are checked).');
  return admitted;
}

/** Algorithms that a key may verify: its own `alg` where it names one that fits its type, else all that fit. */
export function algorithmsOf(jwk: JWK): string[] {
  const fitting = jwk.kty === 'RSA' ? RSA_ALGORITHMS : (ALGORITHMS_OF_CURVE[jwk.crv ?? ''] ?? []);
  return jwk.alg === undefined ? fitting : fitting.filter((alg) => alg === jwk.alg);
}

function hasPrivateMember(key: unknown): boolean {
  return typeof key === 'object' && key !== null && PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member));
}

function isVerificationKey(key: unknown): key is JWK {
  const jwk = key as JWK | null;
  if (typeof jwk !== 'object' || jwk === null) return false;
  if (typeof jwk.kid !== 'string' || !KID.test(jwk.kid)) return false;
  if (jwk.use !== undefined && jwk.use !== 'sig') return false;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return false;
  return algorithmsOf(jwk).length > 0 && (jwk.kty === 'RSA' ? isStrongRsa(jwk) : isOnNamedCurve(jwk));
}

function isStrongRsa({ n, e }: JWK): boolean {
  if (typeof n !== 'string' || typeof e !== 'string') return false;
  const bits = bitLength(Buffer.from(n, 'base64url'));
  const exponent = BigInt(`0x0${Buffer.from(e, 'base64url').toString('hex')}`);
  return (
    bits >= RSA_BITS.least &&
    bits <= RSA_BITS.most &&
    exponent % 2n === 1n &&
    exponent >= 65_537n &&
    exponent < 2n ** 32n
  );
}

function isOnNamedCurve({ kty, crv, x, y }: JWK): boolean {
  if (typeof x !== 'string') return false;
  return kty === 'OKP' ? crv === 'Ed25519' : kty === 'EC' && crv !== 'Ed25519' && typeof y === 'string';
}

function bitLength(bytes: Buffer): number {
  return BigInt(`0x0${bytes.toString('hex')}`).toString(2).length;
}
