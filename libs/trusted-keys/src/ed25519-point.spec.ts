import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ed25519Fault } from './ed25519-point.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const encoded = () =>
  Buffer.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

/** The five y of the points whose order divides 8. */
const LOW_ORDER: [y: string, order: number][] = [
  ['01', 1],
  ['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 2],
  ['00', 4],
  ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 8],
  ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 8],
];
const point = (y: string) => Buffer.concat([hex(y), Buffer.alloc(32)]).subarray(0, 32);

/** Of 200 messages, those that verify under a signature made without any private key: R is the neutral element, S is 0. */
function forged(publicKey: Buffer): number {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signature = Buffer.concat([point('01'), Buffer.alloc(32)]);
  return Array.from({ length: 200 }, (_, count) => verify(null, Buffer.from(`${count}`), key, signature)).filter(
    Boolean,
  ).length;
}

describe('an Ed25519 public key', () => {
  it('is a point of the curve when node:crypto made it', () => {
    const points = Array.from({ length: 50 }, encoded);
    expect(points.map(ed25519Fault).filter((fault) => fault !== null)).toEqual([]);
  });

  it.each(LOW_ORDER)('is refused at %s, of order %d, with either sign of x', (y) => {
    const negative = point(y);
    negative[31] = (negative[31] ?? 0) | 0x80;
    expect([point(y), negative].map(ed25519Fault)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('low order')),
    );
  });

  it.each(LOW_ORDER)('at %s, of order %d, verifies what nobody signed, where node:crypto alone is asked', (y) => {
    expect(forged(point(y))).toBeGreaterThan(0);
    expect(forged(encoded())).toBe(0);
  });

  it('is refused where y is not below the prime of the field', () => {
    const y = hex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
    expect(ed25519Fault(y)).toContain('not on the curve');
  });

  it('is refused where no x belongs to y, which is so for about half of all y', () => {
    const faults = Array.from({ length: 64 }, (_, y) =>
      ed25519Fault(Buffer.concat([Buffer.from([y + 2]), Buffer.alloc(31)])),
    );
    const missing = faults.filter((fault) => fault?.includes('not on the curve')).length;
    expect(missing).toBeGreaterThan(16);
    expect(missing).toBeLessThan(48);
  });
});
