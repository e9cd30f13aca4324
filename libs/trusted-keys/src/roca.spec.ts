import { generateKeyPairSync, generatePrimeSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasRocaFingerprint } from './roca.js';

/** Product of the first 126 primes, as the faulty library took for primes of 1024 bits. */
const M = firstPrimes(126).reduce((product, prime) => product * BigInt(prime), 1n);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n;
  for (let count = 0; count < exponent; count += 1) result = (result * base) % modulus;
  return result;
}

const faulty = (k: bigint, a: number) => k * M + power(65_537n, a, M);
const modulusOf = (bits: number) => {
  const { n = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
  return BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
};

describe('the ROCA fingerprint', () => {
  it('is found in a product of numbers of the faulty form', () => {
    expect(hasRocaFingerprint(faulty(12_345_678_901n, 17) * faulty(98_765_432_109n, 4_321))).toBe(true);
  });

  it('is not found when one of the two is of another form', () => {
    const sound = generatePrimeSync(1024, { bigint: true });
    expect(hasRocaFingerprint(faulty(12_345_678_901n, 17) * sound)).toBe(false);
  });

  it('is not found in keys of node:crypto', () => {
    const moduli = Array.from({ length: 3 }, () => modulusOf(2048));
    expect(moduli.filter(hasRocaFingerprint)).toEqual([]);
  });
});
