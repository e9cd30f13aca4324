import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { Secret } from '#libs/crypto';

const DEFAULT_ALGORITHM = 'ES256';

export interface NewKeyPair {
  kid: string;
  alg: string;
  /** Public members only, as they are published. */
  publicJwk: JWK;
  privateJwk: Secret<JWK>;
}

/** A new key pair whose `kid` is its RFC 7638 thumbprint. */
export async function newKeyPair(alg = DEFAULT_ALGORITHM): Promise<NewKeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const publicMembers = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicMembers);
  return {
    kid,
    alg,
    publicJwk: { ...publicMembers, kid, alg, use: 'sig' },
    privateJwk: new Secret(await exportJWK(privateKey)),
  };
}
