import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from './index.js';

describe('Retry-After', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  it.each([
    ['7', 7],
    ['0', 1],
    ['99999999', 600],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 1],
    ['soon', null],
    [undefined, null],
  ])('reads %s as %s seconds', (header, seconds) => expect(retryAfterSeconds(header, now)).toBe(seconds));
});
