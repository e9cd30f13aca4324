import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Shelf, type FileStore } from './store.js';

export interface CrmKeys {
  jwks: { keys: JWK[] };
  cookies: string[];
}

/** Made once: a restart must not sign anybody out. */
export async function loadKeys(store: FileStore): Promise<CrmKeys> {
  const shelf = new Shelf<CrmKeys>(store, 'keys:');
  const kept = shelf.get('current');
  if (kept) return kept;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
  const keys = { jwks: { keys: [jwk] }, cookies: [randomBytes(32).toString('base64url')] };
  shelf.set('current', keys);
  return keys;
}
