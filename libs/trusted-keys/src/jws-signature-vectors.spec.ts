import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitToken } from './jws-parts.js';
import { type VerificationKey, verifySignature } from './jws-signature.js';
import { usableKey } from './key-admission.js';

const VECTORS = '../shared/vectors';
const WYCHEPROOF = `${VECTORS}/wycheproof/testvectors_v1`;

interface Group {
  publicKeyPem: string;
  tests: { msg: string; sig: string; result: 'valid' | 'invalid' | 'acceptable' }[];
}

const groupsOf = (file: string) =>
  (JSON.parse(readFileSync(join(WYCHEPROOF, file), 'utf8')) as { testGroups: Group[] }).testGroups;

/** Not every group has its key as a JWK, so each is taken from its PEM. */
function keyOf({ publicKeyPem }: Group): VerificationKey | string {
  try {
    return usableKey({ ...createPublicKey(publicKeyPem).export({ format: 'jwk' }), kid: 'k' });
  } catch {
    return 'It is no key for node:crypto.';
  }
}

/** How many cases of each result came out how. */
async function tally(file: string, alg: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const group of groupsOf(file)) {
    const key = keyOf(group);
    for (const { result, msg, sig } of group.tests) {
      const outcome = `${result}: ${await outcomeOf(key, alg, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex'))}`;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  }
  return counts;
}

async function outcomeOf(
  key: VerificationKey | string,
  alg: string,
  message: Buffer,
  signature: Buffer,
): Promise<string> {
  if (typeof key === 'string') return key;
  return (await verifySignature(key, alg, message, signature)) ? 'accepted' : 'refused';
}

const WEAK_EXPONENT = 'Its exponent e is not an odd number from 65537 to below 2^32.';

describe.skipIf(!existsSync(WYCHEPROOF))('signatures of Project Wycheproof (skipped where ../shared is absent)', () => {
  it.each([
    ['ES256', 'ecdsa_secp256r1_sha256_p1363', { 'valid: accepted': 173, 'invalid: refused': 89 }],
    ['ES384', 'ecdsa_secp384r1_sha384_p1363', { 'valid: accepted': 193, 'invalid: refused': 87 }],
    ['ES512', 'ecdsa_secp521r1_sha512_p1363', { 'valid: accepted': 231, 'invalid: refused': 87 }],
    ['Ed25519', 'ed25519', { 'valid: accepted': 88, 'invalid: refused': 63 }],
    ['EdDSA', 'ed25519', { 'valid: accepted': 88, 'invalid: refused': 63 }],
    ['PS256', 'rsa_pss_2048_sha256_mgf1_32', { 'valid: accepted': 63, 'invalid: refused': 45 }],
    [
      'RS256',
      'rsa_signature_2048_sha256',
      {
        'valid: accepted': 7,
        'invalid: refused': 249,
        // RFC 8017 asks for the NULL that is left out of its DigestInfo.
        'acceptable: refused': 1,
        // Two keys whose exponent is 3, which are not admitted.
        [`valid: ${WEAK_EXPONENT}`]: 2,
      },
    ],
  ])('by %s (%s): all valid ones are accepted, and no other', async (alg, file, expected) => {
    expect(await tally(`${file}_test.json`, alg)).toEqual(expected);
  });
});

const COOKBOOK = `${VECTORS}/jose-cookbook/curve25519/jws.json`;

it.skipIf(!existsSync(COOKBOOK))(
  'the example of RFC 8037 is accepted under both names of its algorithm (skipped where ../shared is absent)',
  async () => {
    const { input, output } = JSON.parse(readFileSync(COOKBOOK, 'utf8')) as {
      input: { key: { kty: string; crv: string; x: string } };
      output: { compact: string };
    };
    const key = usableKey({ ...input.key, d: undefined, kid: 'k' });
    const parts = splitToken(output.compact);
    if (typeof key === 'string' || typeof parts === 'string') throw new Error('The example can not be read.');
    for (const alg of ['EdDSA', 'Ed25519'])
      expect(await verifySignature(key, alg, parts.signingInput, parts.signature)).toBe(true);
    expect(await verifySignature(key, 'EdDSA', `${parts.signingInput}A`, parts.signature)).toBe(false);
  },
);
