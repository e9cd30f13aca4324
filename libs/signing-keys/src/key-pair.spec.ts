import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newKeyPair, signingAlgorithms } from './key-pair.js';

type Jwk = Record<string, string>;

/** RFC 7638 §3.2: the members that count, in the order in which they are hashed. */
const THUMBPRINT_MEMBERS: Record<string, string[]> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  OKP: ['crv', 'kty', 'x'],
};
const PUBLISHED = new Set(['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y']);

function thumbprint(jwk: Jwk): string {
  const members = THUMBPRINT_MEMBERS[jwk.kty ?? '']?.map((name) => `"${name}":"${jwk[name]}"`);
  return createHash('sha256')
    .update(`{${members?.join(',')}}`)
    .digest('base64url');
}

it.each([
  ['ES256', 'ec', { namedCurve: 'prime256v1' }],
  ['RS256', 'rsa', { modulusLength: 3072, publicExponent: 65537n }],
  ['EdDSA', 'ed25519', {}],
] as const)('a key of %s is of the right kind and strength', async (alg, type, details) => {
  const { publicJwk } = await newKeyPair(alg);
  const key = createPublicKey({ key: publicJwk as Jwk, format: 'jwk' });
  expect(key.asymmetricKeyType).toBe(type);
  expect(key.asymmetricKeyDetails).toMatchObject(details);
});

describe.each(signingAlgorithms)('a key pair of %s', (alg) => {
  it('is named by its RFC 7638 thumbprint', async () => {
    const { kid, publicJwk } = await newKeyPair(alg);
    expect(kid).toBe(thumbprint(publicJwk as Jwk));
    expect(publicJwk).toMatchObject({ kid, alg, use: 'sig' });
  });

  it('has in its public half nothing but what is published, and keeps the other to itself', async () => {
    const { publicJwk, privateJwk } = await newKeyPair(alg);
    expect(Object.keys(publicJwk).filter((name) => !PUBLISHED.has(name))).toEqual([]);
    expect(JSON.stringify({ privateJwk })).not.toContain((privateJwk.reveal() as Jwk).d);
  });

  it('is one pair, and another every time', async () => {
    const { publicJwk, privateJwk, kid } = await newKeyPair(alg);
    const derived = createPublicKey(createPrivateKey({ key: privateJwk.reveal() as Jwk, format: 'jwk' }));
    expect(thumbprint(derived.export({ format: 'jwk' }) as Jwk)).toBe(thumbprint(publicJwk as Jwk));
    expect((await newKeyPair(alg)).kid).not.toBe(kid);
  });
});
