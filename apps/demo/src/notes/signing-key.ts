import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { writeAtomically } from '../write-atomically.js';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey | Uint8Array;
  /** The public half, as it is published. */
  jwks: { keys: JWK[] };
}

/** Acme Notes' own ES256 key: made once and never leaves this file. */
export async function loadSigningKey(dataDir: string): Promise<SigningKey> {
  const path = join(dataDir, 'notes-key.json');
  if (!existsSync(path)) {
    const made = await generateKeyPair('ES256', { extractable: true });
    writeAtomically(path, JSON.stringify(await exportJWK(made.privateKey)));
  }
  const jwk: JWK = JSON.parse(readFileSync(path, 'utf8'));
  const { d: _private, ...publicJwk } = jwk;
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    kid,
    privateKey: await importJWK(jwk, 'ES256'),
    jwks: { keys: [{ ...publicJwk, kid, use: 'sig', alg: 'ES256' }] },
  };
}
