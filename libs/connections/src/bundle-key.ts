import { calculateJwkThumbprint, CompactEncrypt, importJWK } from 'jose';
import type { Secret } from '#libs/crypto';
import { problem, type Problem } from '#libs/errors';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const CURVES = ['P-256', 'P-384', 'P-521', 'X25519'];
const ENCRYPTION = 'A256GCM';
const LONGEST_MODULUS_CHARACTERS = 1400;

/** The public key that an export is encrypted to (RFC 7516, RFC 7518 §4.3, §4.6). */
export interface BundleKey {
  /** RFC 7638. */
  thumbprint: string;
  encrypt(contents: Secret<object>): Promise<string>;
}

/** @throws Problem invalid for anything but a public RSA or elliptic curve key that may encrypt */
export async function readBundleKey(jwk: Record<string, unknown>): Promise<BundleKey> {
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member)))
    throw refused('jwk must be a public key. This one holds private members: consider it compromised.');
  const algorithm = algorithmOf(jwk);
  if (algorithm === null) throw refused('jwk must be an RSA key, or one on P-256, P-384, P-521 or X25519.');
  if (jwk.use !== undefined && jwk.use !== 'enc') throw refused('jwk must be a key for encryption: use "enc".');
  if (jwk.alg !== undefined && jwk.alg !== algorithm) throw refused(`jwk must have the alg ${algorithm}, or none.`);
  try {
    const { kty, crv, x, y, n, e } = jwk;
    const bare = Object.fromEntries(
      Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
    );
    const key = await importJWK(bare, algorithm);
    const thumbprint = await calculateJwkThumbprint(bare);
    const header = {
      alg: algorithm,
      enc: ENCRYPTION,
      cty: 'json',
      kid: typeof jwk.kid === 'string' ? jwk.kid.slice(0, 256) : thumbprint,
    };
    const encrypt = (plaintext: Uint8Array) => new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key);
    // A modulus that is too short shows at the first use: here rather than with the secrets in hand.
    await encrypt(new Uint8Array());
    return { thumbprint, encrypt: (contents) => encrypt(new TextEncoder().encode(JSON.stringify(contents.reveal()))) };
  } catch (cause) {
    throw refused('jwk could not be used: check its members, and that an RSA key has 2048 bits at least.', cause);
  }
}

function algorithmOf({ kty, crv, n }: Record<string, unknown>): 'RSA-OAEP-256' | 'ECDH-ES+A256KW' | null {
  // Of megabits, one encryption would last for minutes.
  if (kty === 'RSA') return typeof n === 'string' && n.length <= LONGEST_MODULUS_CHARACTERS ? 'RSA-OAEP-256' : null;
  if ((kty === 'EC' || kty === 'OKP') && CURVES.includes(String(crv))) return 'ECDH-ES+A256KW';
  return null;
}

function refused(sentence: string, cause?: unknown): Problem {
  return problem('invalid', sentence, { source: { pointer: '/jwk' }, cause });
}
