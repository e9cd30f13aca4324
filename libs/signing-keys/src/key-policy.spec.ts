import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultPolicy, jwksMaxAgeSeconds } from './key-policy.js';

it('a JWKS is never cached for as long as a new key waits, nor for more than five minutes', () => {
  const property = fc.property(fc.integer({ min: 1, max: 30 * 86_400 }), (activateAfterSeconds) => {
    const maxAge = jwksMaxAgeSeconds({ activateAfterSeconds });
    expect(maxAge).toBeLessThan(activateAfterSeconds);
    expect(maxAge).toBeLessThanOrEqual(300);
  });
  fc.assert(property, { numRuns: 1000 });
});

it('a JWKS is not cached where a new key signs at once', () => {
  expect(jwksMaxAgeSeconds({ activateAfterSeconds: 0 })).toBe(0);
});

it('by default a key waits for an hour beyond the cache, and overlaps for a week', () => {
  expect(defaultPolicy.activateAfterSeconds).toBe(3600 + jwksMaxAgeSeconds(defaultPolicy));
  expect(defaultPolicy).toMatchObject({ alg: 'ES256', rotateEveryDays: 90, overlapSeconds: 7 * 86_400 });
});
