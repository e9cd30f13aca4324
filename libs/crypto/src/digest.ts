import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256. Enough for what we issue: those values have 256 random bits, so no slow hash is needed. */
export function sha256(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Constant-time. */
export function digestsEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
