import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { admitKeys, algorithmsOf } from './key-admission.js';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent?: number) =>
  generateKeyPairSync('rsa', { modulusLength, ...(publicExponent !== undefined && { publicExponent }) });
const publicJwk = ({ publicKey }: { publicKey: { export(options: { format: 'jwk' }): object } }, kid = 'k') =>
  ({ ...publicKey.export({ format: 'jwk' }), kid }) as JWK;

const secretOf = (keys: { privateKey: { export(options: { format: 'jwk' }): object } }) =>
  ({ ...keys.privateKey.export({ format: 'jwk' }), kid: 'secret' }) as JWK;

const p256 = publicJwk(ec('P-256'));
const rsa2048 = publicJwk(rsa(2048));
const ed25519 = publicJwk(generateKeyPairSync('ed25519'));

describe('keys that may verify', () => {
  it.each([
    ['ES256', p256],
    ['ES384', publicJwk(ec('P-384'))],
    ['ES512', publicJwk(ec('P-521'))],
    ['EdDSA', ed25519],
    ['RS256', rsa2048],
    ['PS256', rsa2048],
  ])('%s: a key of its type', (alg, key) => {
    expect(admitKeys({ keys: [key] })).toEqual([key]);
    expect(algorithmsOf(key)).toContain(alg);
  });

  it.each([
    ['its alg where it names one', { ...rsa2048, alg: 'RS384' }, ['RS384']],
    ['nothing where the alg does not fit the key', { ...rsa2048, alg: 'ES256' }, []],
    ['nothing where the alg is symmetric', { ...rsa2048, alg: 'HS256' }, []],
    ['nothing for an unknown curve', { ...p256, crv: 'secp256k1' }, []],
    ['the curve of it', p256, ['ES256']],
  ])('give %s', (_, key, algorithms) => expect(algorithmsOf(key)).toEqual(algorithms));

  it('are read out of a set with keys for other purposes', () => {
    const others = [{ ...p256, kid: 'enc', use: 'enc' }, { kty: 'EC', kid: 'half' }, null, 'text'];
    expect(admitKeys({ keys: [...others, p256] })).toEqual([p256]);
  });
});

describe('a set that is refused', () => {
  it.each([
    ['publishes a private EC key', [p256, secretOf(ec('P-256'))], 'private or symmetric'],
    ['publishes a private RSA key', [p256, secretOf(rsa(2048))], 'private or symmetric'],
    [
      'publishes a private key for encryption',
      [p256, { ...secretOf(ec('P-256')), use: 'enc' }],
      'private or symmetric',
    ],
    ['publishes a symmetric key', [p256, { kty: 'oct', kid: 'secret', k: 'AAAA' }], 'private or symmetric'],
    ['has two keys of one kid', [p256, { ...rsa2048 }], 'same kid'],
    ['has more than 100 keys', Array.from({ length: 101 }, (_, index) => ({ ...p256, kid: `k${index}` })), '101 keys'],
    ['is empty', [], 'None'],
    ['has an RSA key of 1024 bits only', [publicJwk(rsa(1024))], 'None'],
    ['has an RSA key of 2047 bits only', [publicJwk(rsa(2047))], 'None'],
    ['has an RSA key with the exponent 3 only', [publicJwk(rsa(2048, 3))], 'None'],
    ['has a key without a kid only', [{ ...p256, kid: undefined }], 'None'],
    ['has a key whose kid could break a log line only', [{ ...p256, kid: 'a\nb' }], 'None'],
    ['has a key for encryption only', [{ ...p256, use: 'enc' }], 'None'],
    ['has a key for signing, not verifying, only', [{ ...p256, key_ops: ['sign'] }], 'None'],
    ['has a key that calls a P-256 point Ed25519 only', [{ ...p256, crv: 'Ed25519' }], 'None'],
  ])('%s', (_, keys, reason) => {
    expect(() => admitKeys({ keys })).toThrow(reason);
  });

  it.each([[null], ['text'], [[]], [{}], [{ keys: {} }]])('is no JWK Set: %j', (set) => {
    expect(() => admitKeys(set)).toThrow('not a JWK Set');
  });
});
