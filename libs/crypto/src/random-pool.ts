import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Random bytes for nonces and identifiers, drawn ahead: a draw costs far more in its set-up than in its bytes. Not for keys or tokens, which
 * must not lie in memory before they are needed.
 * @param size at most 4096
 */
export function pooledRandomBytes(size: number): Buffer {
  if (used + size > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + size));
  used += size;
  return bytes;
}
