import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  signatureAlgorithms,
  signatureBytes,
  toVerificationKey,
  verifySignature,
  type PublicJwk,
} from './jws-signature.js';

interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}
const INPUT = 'header.payload';
const pairs = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
} satisfies Record<string, Pair>;
const CURVES: Record<string, keyof typeof pairs> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
};

const pairOf = (alg: string): Pair => pairs[CURVES[alg] ?? 'RSA'];
const keyFor = (alg: string, members: Partial<PublicJwk> = {}) =>
  toVerificationKey({ ...pairOf(alg).publicKey.export({ format: 'jwk' }), kid: 'k', ...members } as PublicJwk);
const hashOf = (alg: string) => (CURVES[alg] === 'Ed25519' ? null : `sha${alg.slice(2)}`);

function signed(alg: string, options: { dsaEncoding?: 'der' | 'ieee-p1363'; saltLength?: number } = {}): Buffer {
  const { dsaEncoding = 'ieee-p1363', saltLength = Number(alg.slice(2)) / 8 } = options;
  const pss = alg.startsWith('PS') && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return sign(hashOf(alg), Buffer.from(INPUT), { key: pairOf(alg).privateKey, dsaEncoding, ...pss });
}

describe.each(signatureAlgorithms)('%s', (alg) => {
  it('verifies what was signed, and nothing else', async () => {
    const signature = signed(alg);
    expect(await verifySignature(keyFor(alg), alg, INPUT, signature)).toBe(true);
    expect(await verifySignature(keyFor(alg), alg, `${INPUT}.`, signature)).toBe(false);
    signature[0] = (signature[0] ?? 0) ^ 1;
    expect(await verifySignature(keyFor(alg), alg, INPUT, signature)).toBe(false);
  });

  it('has signatures of one length', async () => {
    const signature = signed(alg);
    expect(signature).toHaveLength(signatureBytes(keyFor(alg), alg));
    for (const wrong of [
      signature.subarray(1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      Buffer.alloc(0),
    ])
      expect(await verifySignature(keyFor(alg), alg, INPUT, wrong)).toBe(false);
  });

  it('is refused by a key for another algorithm', async () => {
    for (const other of signatureAlgorithms) {
      if (other === alg || (pairOf(other) !== pairOf(alg) && other.slice(2) !== alg.slice(2))) continue;
      expect(await verifySignature(keyFor(alg, { alg: other }), alg, INPUT, signed(alg))).toBe(false);
    }
  });
});

describe('a signature', () => {
  it.each(['ES256', 'ES384', 'ES512'])('by %s in DER is refused', async (alg) => {
    expect(await verifySignature(keyFor(alg), alg, INPUT, signed(alg, { dsaEncoding: 'der' }))).toBe(false);
  });

  it.each([0, 20, 64])('by PS256 with a salt of %d bytes is refused', async (saltLength) => {
    expect(await verifySignature(keyFor('PS256'), 'PS256', INPUT, signed('PS256', { saltLength }))).toBe(false);
  });

  it.each(['none', 'HS256', 'RS1', 'constructor', ''])('with alg "%s" is refused by any key', async (alg) => {
    expect(await verifySignature(keyFor('RS256'), alg, INPUT, signed('RS256'))).toBe(false);
  });
});
