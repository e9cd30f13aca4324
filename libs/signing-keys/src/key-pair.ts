import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { Secret } from '#libs/crypto';

export const signingAlgorithms = ['ES256', 'RS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** NIST SP 800-57 part 1: 3072 bits are on a par with P-256. */
const RSA_BITS = 3072;
/** The members that leave (RFC 7518 §6.2.1 and §6.3.1, RFC 8037 §2): whatever else an export may hold stays here. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const;

export interface NewKeyPair {
  kid: string;
  alg: SigningAlgorithm;
  /** Public members only, as they are published. */
  publicJwk: JWK;
  privateJwk: Secret<JWK>;
}

/** A new key pair whose `kid` is its RFC 7638 thumbprint. RSA takes up to a second: never call it while a row is locked. */
export async function newKeyPair(alg: SigningAlgorithm): Promise<NewKeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA_BITS });
  const exported = await exportJWK(publicKey);
  const members = Object.fromEntries(
    PUBLIC_MEMBERS.flatMap((name) => (exported[name] ? [[name, exported[name]]] : [])),
  );
  const kid = await calculateJwkThumbprint(exported);
  return {
    kid,
    alg,
    publicJwk: { ...members, kid, alg, use: 'sig' },
    privateJwk: new Secret(await exportJWK(privateKey)),
  };
}
