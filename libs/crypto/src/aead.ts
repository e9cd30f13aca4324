import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { pooledRandomBytes } from './random-pool.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Ordered facts that a ciphertext is bound to. Never empty: a ciphertext bound to nothing can be moved anywhere. */
export type AssociatedData = readonly [string, ...string[]];

/**
 * AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D §8.2.2).
 * @param key 32 bytes
 * @returns nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)
 */
export function seal(key: Buffer, plaintext: Buffer, associatedData: AssociatedData): Buffer {
  return sealWith(pooledRandomBytes(NONCE_BYTES), key, plaintext, associatedData);
}

/**
 * The same for the same: whoever sees two of them knows whether they hold the same. The nonce is made of all that is sealed, so that none is used
 * for two values.
 */
export function sealAlike(key: Buffer, plaintext: Buffer, associatedData: AssociatedData): Buffer {
  const nonceKey = createHmac('sha256', key).update('nonce').digest();
  const fields = encode(associatedData);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(fields.length);
  const made = createHmac('sha256', nonceKey).update(end).update(fields).update(plaintext).digest();
  return sealWith(made.subarray(0, NONCE_BYTES), key, plaintext, associatedData);
}

function sealWith(nonce: Buffer, key: Buffer, plaintext: Buffer, associatedData: AssociatedData): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(encode(associatedData));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when the key, the associated data or any bit of the ciphertext differs. */
export function open(key: Buffer, sealed: Buffer, associatedData: AssociatedData): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('The ciphertext is too short.');
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(encode(associatedData));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  // GCM holds nothing back, so the end brings no bytes: only the verdict, before which nothing is handed out.
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  decipher.final();
  return plaintext;
}

/** Length-prefixed, so that ["ab","c"] and ["a","bc"] differ. */
function encode(associatedData: AssociatedData): Buffer {
  const lengths = associatedData.map((field) => Buffer.byteLength(field));
  const encoded = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [index, field] of associatedData.entries()) {
    at = encoded.writeUInt32BE(lengths[index] ?? 0, at);
    at += encoded.write(field, at);
  }
  return encoded;
}
