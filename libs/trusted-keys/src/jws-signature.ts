import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';

/** The members of a public JWK that are kept; everything else is dropped (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). */
export interface PublicJwk {
  kid: string;
  kty: string;
  use?: string;
  key_ops?: string[];
  alg?: string;
  n?: string;
  e?: string;
  crv?: string;
  x?: string;
  y?: string;
}

/** A public key, ready to verify signatures. */
export interface VerificationKey {
  kid: string;
  /** Algorithms that it may verify. */
  algorithms: readonly string[];
  jwk: PublicJwk;
  publicKey: KeyObject;
}

interface Algorithm {
  kty: string;
  crv?: string;
  /** Null: the algorithm hashes on its own. */
  hash: string | null;
  /** Undefined: as long as the key's modulus. */
  signatureBytes?: number;
  saltLength?: number;
}

/** RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { kty: 'RSA', hash: 'sha256' },
  RS384: { kty: 'RSA', hash: 'sha384' },
  RS512: { kty: 'RSA', hash: 'sha512' },
  // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
  PS256: { kty: 'RSA', hash: 'sha256', saltLength: 32 },
  PS384: { kty: 'RSA', hash: 'sha384', saltLength: 48 },
  PS512: { kty: 'RSA', hash: 'sha512', saltLength: 64 },
  ES256: { kty: 'EC', crv: 'P-256', hash: 'sha256', signatureBytes: 64 },
  ES384: { kty: 'EC', crv: 'P-384', hash: 'sha384', signatureBytes: 96 },
  ES512: { kty: 'EC', crv: 'P-521', hash: 'sha512', signatureBytes: 132 },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', hash: null, signatureBytes: 64 },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', hash: null, signatureBytes: 64 },
};

export const signatureAlgorithms: readonly string[] = Object.keys(ALGORITHMS);

/** Algorithms that a key may verify: its own `alg` where it names one that fits its type, else all that fit. */
export function algorithmsOf({ kty, crv, alg }: Pick<PublicJwk, 'kty' | 'crv' | 'alg'>): string[] {
  return Object.entries(ALGORITHMS)
    .filter(
      ([name, type]) =>
        type.kty === kty && (type.crv === undefined || type.crv === crv) && (alg === undefined || alg === name),
    )
    .map(([name]) => name);
}

/** @throws when node:crypto refuses the key, such as one whose point is not on its curve */
export function toVerificationKey(jwk: PublicJwk): VerificationKey {
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return { kid: jwk.kid, algorithms: algorithmsOf(jwk), jwk, publicKey };
}

/** The one length, in bytes, that a signature of this algorithm by this key has. */
export function signatureBytes({ publicKey }: VerificationKey, alg: string): number {
  return ALGORITHMS[alg]?.signatureBytes ?? Math.ceil((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/**
 * Whether a signature verifies. The key decides which algorithms are possible; `alg` only says which of them was used. Runs on libuv's
 * thread pool.
 */
export async function verifySignature(
  key: VerificationKey,
  alg: string,
  signingInput: string | Buffer,
  signature: Buffer,
): Promise<boolean> {
  const algorithm = Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (!algorithm || !key.algorithms.includes(alg) || signature.length !== signatureBytes(key, alg)) return false;
  const { saltLength } = algorithm;
  const options = {
    key: key.publicKey,
    // RFC 7518 §3.4: R and S, not the DER of other protocols.
    dsaEncoding: 'ieee-p1363' as const,
    ...(saltLength !== undefined && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
  return new Promise((resolve, reject) => {
    const data = typeof signingInput === 'string' ? Buffer.from(signingInput) : signingInput;
    verify(algorithm.hash, data, options, signature, (error, valid) => (error ? reject(error) : resolve(valid)));
  });
}
