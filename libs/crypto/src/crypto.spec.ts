import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LocalKeyring, Secret, UnknownKeyError, mintToken, open, readToken, seal } from './index.js';

const key = randomBytes(32);
const plaintext = Buffer.from('refresh-token');

describe('seal and open', () => {
  it('gives back what was sealed under the same key and associated data', () => {
    expect(open(key, seal(key, plaintext, ['t', 'row']), ['t', 'row'])).toEqual(plaintext);
  });

  it('refuses associated data that differs only in where a field ends', () => {
    expect(() => open(key, seal(key, plaintext, ['ab', 'c']), ['a', 'bc'])).toThrow();
    expect(() => open(key, seal(key, plaintext, ['ab']), ['ab', ''])).toThrow();
  });

  it('refuses a flip of any single bit', () => {
    const sealed = seal(key, plaintext, ['t']);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const forged = Buffer.from(sealed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(key, forged, ['t'])).toThrow();
    }
  });

  it('refuses a truncated ciphertext and another key', () => {
    const sealed = seal(key, plaintext, ['t']);
    expect(() => open(key, sealed.subarray(0, 20), ['t'])).toThrow();
    expect(() => open(randomBytes(32), sealed, ['t'])).toThrow();
  });
});

describe('local keyring', () => {
  const older = { id: 'k1', key: randomBytes(32) };
  const primary = { id: 'k2', key: randomBytes(32) };

  it('unwraps by key id what an older key wrapped', async () => {
    const { keyId, wrapped } = await new LocalKeyring([older]).wrap(plaintext, ['tenant']);
    expect(await new LocalKeyring([primary, older]).unwrap(keyId, wrapped, ['tenant'])).toEqual(plaintext);
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
