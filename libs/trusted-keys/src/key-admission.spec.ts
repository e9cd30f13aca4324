import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { algorithmsOf, type PublicJwk } from './jws-signature.js';
import { admitKeys, readKeySet } from './key-admission.js';

const VECTORS = '../shared/vectors/wycheproof/testvectors_v1/json_web_key_test.json';

interface Exportable {
  export(options: { format: 'jwk' }): object;
}
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent });
const publicJwk = ({ publicKey }: { publicKey: Exportable }) =>
  ({ ...publicKey.export({ format: 'jwk' }), kid: 'k' }) as PublicJwk;
const secretOf = ({ privateKey }: { privateKey: Exportable }) => ({
  ...privateKey.export({ format: 'jwk' }),
  kid: 'secret',
});

const p256 = publicJwk(ec('P-256'));
const p521 = publicJwk(ec('P-521'));
const rsa2048 = publicJwk(rsa(2048));
const ed25519 = publicJwk(generateKeyPairSync('ed25519'));
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');

describe('keys that may verify', () => {
  it.each([
    ['ES256', p256],
    ['ES384', publicJwk(ec('P-384'))],
    ['ES512', p521],
    ['EdDSA', ed25519],
    ['Ed25519', ed25519],
    ['RS256', rsa2048],
    ['PS256', rsa2048],
  ])('%s: a key of its type', (alg, key) => {
    expect(admitKeys({ keys: [key] })).toEqual({ keys: [key], ignored: [] });
    expect(algorithmsOf(key)).toContain(alg);
  });

  it.each([
    ['the algorithm that the key names', { ...rsa2048, alg: 'RS384' }, ['RS384']],
    ['nothing where that does not fit the type', { ...rsa2048, alg: 'ES256' }, []],
    ['nothing where that is symmetric', { ...rsa2048, alg: 'HS256' }, []],
    ['nothing where that is a member of every object', { ...rsa2048, alg: 'constructor' }, []],
    ['nothing for an unknown curve', { ...p256, crv: 'secp256k1' }, []],
    ['the one algorithm of the curve', p256, ['ES256']],
  ])('verify %s', (_, key, algorithms) => expect(algorithmsOf(key)).toEqual(algorithms));

  it('keep no member that nobody has looked at', () => {
    const stuffed = {
      ...p256,
      use: 'sig',
      key_ops: ['verify', '\0'],
      n: '\0',
      x5c: ['\0'],
      'x5t#S256': 'a',
      ext: true,
    };
    expect(admitKeys({ keys: [stuffed] }).keys).toEqual([{ ...p256, use: 'sig', key_ops: ['verify'] }]);
  });
});

const offCurve = {
  ...p256,
  y: base64url(Buffer.from(p256.y ?? '', 'base64url').map((byte, at) => (at === 31 ? byte ^ 1 : byte))),
};
/** The last character of 256 bytes holds four bits that belong to none of them. */
const stray = (rsa2048.n ?? '').replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1));

describe('a key that is ignored', () => {
  it.each<[string, unknown, string]>([
    ['no object', 'text', 'not a JSON object'],
    ['null', null, 'not a JSON object'],
    ['without a kid', { ...p256, kid: undefined }, 'It has no kid.'],
    ['with a kid that is a number', { ...p256, kid: 1 }, '"kid" is not a string'],
    ['with a kid that could break a log line', { ...p256, kid: 'a\nb' }, 'Its kid is not 1 to 128 of'],
    ['with a kid of 129 characters', { ...p256, kid: 'x'.repeat(129) }, 'Its kid is not 1 to 128 of'],
    ['for encryption', { ...p256, use: 'enc' }, 'Its use is "enc", not "sig".'],
    ['for signing, not verifying', { ...p256, key_ops: ['sign'] }, 'do not include "verify"'],
    ['with key_ops of another type', { ...p256, key_ops: 'verify' }, 'not an array of strings'],
    ['of an unknown type', { kty: 'AKP', kid: 'k' }, 'Its kty is "AKP", which is not supported'],
    ['of an unknown curve', { ...p256, crv: 'secp256k1' }, 'Its curve is "secp256k1", which is not supported'],
    ['of a type that its curve does not have', { ...p256, crv: 'Ed25519' }, 'Its curve is "Ed25519"'],
    ['with the alg of another type', { ...p256, alg: 'RS256' }, 'does not fit its type: such a key is for ES256.'],
    ['with an unknown alg', { ...rsa2048, alg: 'RSA1_5' }, 'Its alg "RSA1_5" is not supported'],
    ['of RSA with 1024 bits', publicJwk(rsa(1024)), 'an RSA key of 1024 bits: 2048 to 4096'],
    ['of RSA with 2047 bits', publicJwk(rsa(2047)), 'an RSA key of 2047 bits'],
    ['of RSA with 4104 bits', { ...rsa2048, n: base64url(Buffer.alloc(513, 0xff)) }, 'an RSA key of 4104 bits'],
    ['of RSA with the exponent 3', publicJwk(rsa(2048, 3)), 'Its exponent e is not'],
    ['of RSA with the exponent 1', { ...rsa2048, e: 'AQ' }, 'Its exponent e is not'],
    ['of RSA with an even exponent', { ...rsa2048, e: 'AQAC' }, 'Its exponent e is not'],
    ['of RSA with an exponent of 33 bits', { ...rsa2048, e: 'AQAAAAE' }, 'Its exponent e is not'],
    ['of RSA without a modulus', { ...rsa2048, n: undefined }, 'canonical base64url'],
    ['with bits after its last byte', { ...rsa2048, n: stray }, 'canonical base64url'],
    ['of RSA with an even modulus', { ...rsa2048, n: base64url(Buffer.alloc(256, 0xfe)) }, 'is even'],
    ['whose point is not on its curve', offCurve, 'Its point is not on the curve P-256.'],
    ['with a coordinate that is too short', { ...p521, x: 'AAAA' }, 'not each 66 bytes'],
    ['with half a point', { ...p256, y: undefined }, 'not each 32 bytes'],
    [
      'whose Ed25519 point does not exist',
      { ...ed25519, x: base64url(Buffer.alloc(32, 2)) },
      'not on the curve Ed25519',
    ],
    ['for which anybody can sign', { ...ed25519, x: base64url(Buffer.alloc(32)) }, 'of low order'],
  ])('is one %s', (_, key, reason) => {
    const { keys, ignored } = admitKeys({ keys: [key, { ...rsa2048, kid: 'good' }] });
    expect(keys.map(({ kid }) => kid)).toEqual(['good']);
    expect(ignored).toEqual([
      { kid: expect.toSatisfy((kid) => kid === null || kid.length <= 128), reason: expect.stringContaining(reason) },
    ]);
  });

  it('is named by its kid, cut short where that is no good one', () => {
    const keys = ['enc', 'a\nb', '\u{1F600}'.repeat(200), undefined].map((kid) => ({ ...p256, kid, use: 'enc' }));
    const named = admitKeys({ keys: [...keys, rsa2048] }).ignored.map(({ kid }) => kid);
    expect(named.slice(0, 2)).toEqual(['enc', String.raw`"a\nb"`]);
    expect(named[2]).toHaveLength(80);
    expect(named[3]).toBeNull();
  });
});

describe('a set that is refused', () => {
  it.each<[string, unknown[], string]>([
    ['publishes a private EC key', [p256, secretOf(ec('P-256'))], 'private or symmetric'],
    ['publishes a private RSA key', [p256, secretOf(rsa(2048))], 'private or symmetric'],
    [
      'publishes a private key for encryption',
      [p256, { ...secretOf(ec('P-256')), use: 'enc' }],
      'private or symmetric',
    ],
    ['publishes a symmetric key', [p256, { kty: 'oct', kid: 'secret', k: 'AAAA' }], 'private or symmetric'],
    ['publishes a symmetric key without its value', [p256, { kty: 'oct', kid: 'secret' }], 'private or symmetric'],
    ['has two keys of one kid', [p256, { ...rsa2048 }], 'the same kid "k"'],
    ['has more than 100 keys', Array.from({ length: 101 }, (_, index) => ({ ...p256, kid: `k${index}` })), '101 keys'],
    ['is empty', [], 'It is empty.'],
    [
      'has no usable key, and says why',
      [{ ...p256, use: 'enc' }],
      'None of its keys can verify a signature. Its use is',
    ],
  ])('%s', (_, keys, reason) => {
    expect(() => admitKeys({ keys })).toThrow(reason);
  });

  it.each([[null], ['text'], [[]], [{}], [{ keys: {} }]])('is no JWK Set: %j', (set) => {
    expect(() => admitKeys(set)).toThrow('not a JWK Set');
  });

  it('never has its private key quoted', () => {
    const secret = secretOf(ec('P-256'));
    expect(() => admitKeys({ keys: [secret] })).toThrow(
      expect.toSatisfy(({ message }: Error) => Object.values(secret).every((value) => !message.includes(value))),
    );
  });

  const text = JSON.stringify({ keys: [p256] });
  it.each([
    ['not JSON', '<html>', 'it is not JSON'],
    ['two "keys"', text.replace('{', '{"keys":[],'), 'it names a member twice'],
    ['two kids in one key', text.replace('"kid"', '"kid":"other","kid"'), 'it names a member twice'],
    ['9 levels', text.replace('{', `{"a":${'['.repeat(8)}${']'.repeat(8)},`), 'deeper than 8 levels'],
    ['100,000 levels', '['.repeat(100_000), 'deeper than 8 levels'],
    ['a byte order mark', `\uFEFF${text}`, 'it is not JSON'],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"keys":"'), Buffer.from([0xff])]), 'it is not UTF-8'],
  ])('is fetched with %s', (_, body, reason) => {
    expect(() => readKeySet(Buffer.from(body))).toThrow(reason);
  });
});

function admits(set: object): boolean {
  try {
    return admitKeys(set).keys.length > 0;
  } catch {
    return false;
  }
}

describe.skipIf(!existsSync(VECTORS))('the keys of Project Wycheproof (skipped where ../shared is absent)', () => {
  interface Group {
    private: object;
    public?: object;
    tests: { tcId: number; result: string }[];
  }
  const { testGroups } = existsSync(VECTORS)
    ? (JSON.parse(readFileSync(VECTORS, 'utf8')) as { testGroups: Group[] })
    : { testGroups: [] };
  const verdicts = testGroups.flatMap(({ public: published, private: secret, tests }) =>
    tests.map(({ tcId, result }) => ({ tcId, result, set: published ?? secret })),
  );

  it('are refused where they are invalid, all 21', () => {
    const invalid = verdicts.filter(({ result }) => result === 'invalid');
    expect(invalid).toHaveLength(21);
    expect(invalid.filter(({ set }) => admits(set))).toEqual([]);
  });

  it('are admitted where they are valid and public', () => {
    const admitted = verdicts.filter(({ set }) => admits(set)).map(({ tcId }) => tcId);
    expect(admitted).toEqual([5]);
  });
});
