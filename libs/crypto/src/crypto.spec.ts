import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  LocalKeyring,
  MissingKeysError,
  Secret,
  UnknownKeyError,
  mintToken,
  open,
  readToken,
  seal,
  sealAlike,
} from './index.js';

const key = randomBytes(32);
const plaintext = Buffer.from('refresh-token');

describe('seal and open', () => {
  it('alike: the same for the same, and another nonce for whatever else is sealed', () => {
    const sealed = sealAlike(key, plaintext, ['t', 'row']);
    expect(sealAlike(key, plaintext, ['t', 'row'])).toEqual(sealed);
    expect(open(key, sealed, ['t', 'row'])).toEqual(plaintext);
    const others = [
      sealAlike(key, Buffer.concat([plaintext, plaintext]), ['t', 'row']),
      sealAlike(key, plaintext, ['t', 'other']),
      sealAlike(randomBytes(32), plaintext, ['t', 'row']),
      // The same bytes, with the border between bound and sealed elsewhere.
      sealAlike(key, Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('row'), plaintext]), ['t']),
    ];
    for (const other of others) expect(other.subarray(0, 12)).not.toEqual(sealed.subarray(0, 12));
  });

  it('gives back what was sealed under the same key and associated data', () => {
    expect(open(key, seal(key, plaintext, ['t', 'row']), ['t', 'row'])).toEqual(plaintext);
  });

  it('refuses associated data that differs only in where a field ends', () => {
    expect(() => open(key, seal(key, plaintext, ['ab', 'c']), ['a', 'bc'])).toThrow();
    expect(() => open(key, seal(key, plaintext, ['ab']), ['ab', ''])).toThrow();
  });

  it('refuses a flip of any single bit, in 100 envelopes of any size', () => {
    for (let size = 0; size < 100; size += 1) {
      const forged = seal(key, randomBytes(size), ['t', `row-${size}`]);
      for (let bit = 0; bit < forged.length * 8; bit += 1) {
        flip(forged, bit);
        expect(() => open(key, forged, ['t', `row-${size}`])).toThrow();
        flip(forged, bit);
      }
      expect(open(key, forged, ['t', `row-${size}`])).toHaveLength(size);
    }
  });

  it('opens nothing that was cut to any length', () => {
    const sealed = seal(key, plaintext, ['t']);
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => open(key, sealed.subarray(0, length), ['t'])).toThrow();
  });

  /** NONCES=10000000 for the full figure: then it takes minutes, and a gigabyte of memory. */
  it('never takes a nonce twice', { timeout: 1_200_000 }, () => {
    const nonces = Number(process.env.NONCES ?? 100_000);
    const empty = Buffer.alloc(0);
    const taken = Buffer.alloc(nonces * 12);
    for (let index = 0; index < nonces; index += 1) seal(key, empty, ['t']).copy(taken, index * 12, 0, 12);
    expect(repeatsOf(taken)).toBe(0);
  });

  it('refuses a truncated ciphertext and another key', () => {
    const sealed = seal(key, plaintext, ['t']);
    expect(() => open(key, sealed.subarray(0, 20), ['t'])).toThrow();
    expect(() => open(randomBytes(32), sealed, ['t'])).toThrow();
  });
});

function flip(bytes: Buffer, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

/** By sorting the first 8 of 12 bytes: only nonces that agree there are looked at whole. */
function repeatsOf(nonces: Buffer): number {
  const count = nonces.length / 12;
  const heads = new BigUint64Array(count);
  for (let index = 0; index < count; index += 1) heads[index] = nonces.readBigUInt64BE(index * 12);
  heads.sort();
  const doubled = new Set<bigint>();
  for (let index = 1; index < count; index += 1) {
    const head = heads[index] ?? 0n;
    if (head === heads[index - 1]) doubled.add(head);
  }
  const seen = new Set<string>();
  let repeats = 0;
  for (let index = 0; doubled.size > 0 && index < count; index += 1) {
    if (!doubled.has(nonces.readBigUInt64BE(index * 12))) continue;
    const nonce = nonces.toString('hex', index * 12, index * 12 + 12);
    if (seen.has(nonce)) repeats += 1;
    seen.add(nonce);
  }
  return repeats;
}

describe('local keyring', () => {
  const older = { id: 'k1', key: randomBytes(32) };
  const primary = { id: 'k2', key: randomBytes(32) };

  it('unwraps by key id what an older key wrapped', async () => {
    const { keyId, wrapped } = await new LocalKeyring([older]).wrap(plaintext, ['tenant']);
    expect(await new LocalKeyring([primary, older]).unwrap(keyId, wrapped, ['tenant'])).toEqual(plaintext);
  });

  it('names its keys, the primary first', () => {
    expect(new LocalKeyring([primary, older]).ids).toEqual(['k2', 'k1']);
  });

  it('says which keys are missing, and how many data keys need each', () => {
    const one = new MissingKeysError([{ keyId: 'k1', dataKeys: 1 }]);
    expect(one.message).toBe(
      'VAULT_KEYRING no longer holds the key "k1", which still wraps 1 data key. Add it back behind the primary key.',
    );
    const missing = [
      { keyId: 'k1', dataKeys: 12 },
      { keyId: 'k2', dataKeys: 3 },
    ];
    expect(new MissingKeysError(missing).message).toContain('"k1" (12 data keys), "k2" (3 data keys)');
  });

  it('names the key that is missing, and refuses another context', async () => {
    const { keyId, wrapped } = await new LocalKeyring([older]).wrap(plaintext, ['tenant']);
    await expect(new LocalKeyring([primary]).unwrap(keyId, wrapped, ['tenant'])).rejects.toThrow(UnknownKeyError);
    await expect(new LocalKeyring([older]).unwrap(keyId, wrapped, ['other'])).rejects.toThrow();
  });
});

describe('opaque token', () => {
  const tenantId = '0192f0c1-2b3c-7def-8123-456789abcdef';

  it('carries its tenant and is found again by its digest', () => {
    const { token, digest } = mintToken('access', tenantId);
    expect(readToken('access', token)).toEqual({ tenantId, digest });
  });

  it.each(['', 'gate_at_', 'gate_at_x.y', `gate_at_${'a'.repeat(22)}.${'b'.repeat(42)}`, 'x'.repeat(9999)])(
    'reads nothing from %s',
    (text) => expect(readToken('access', text)).toBeNull(),
  );

  it('is not accepted as a token of another kind', () => {
    expect(readToken('browser', mintToken('access', tenantId).token)).toBeNull();
  });
});

describe('Secret', () => {
  it('prints redacted however it is printed, and reveals on request', () => {
    const secret = new Secret('hunter2');
    expect(
      [String(secret), JSON.stringify({ secret }), inspect({ secret }), 'token: '.concat(secret as never)].join(),
    ).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});
