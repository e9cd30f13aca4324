import { generateKeyPairSync, sign } from 'node:crypto';
import { signingInput, type Kid, type TokenSmith } from './token-smith.js';

/** What it is, the first check that says no, and how it is made: anew at each call, as good as the forger can make it but for one thing. */
export type Forgery = [title: string, check: string, forge: (smith: TokenSmith, lure: string) => string];

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strangerJwk = stranger.publicKey.export({ format: 'jwk' });
/** The order of the base point of P-256 (SEC 2). */
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

const withHeader = (changes: Record<string, unknown>) => (smith: TokenSmith) => smith.signed(smith.header(changes));

/** Signed by a key that nobody registered. */
function byStranger(smith: TokenSmith, header: Record<string, unknown> = {}): string {
  const input = signingInput(smith.header(header), smith.payload());
  const signature = sign('sha256', Buffer.from(input), { key: stranger.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function withSignature(smith: TokenSmith, change: (signature: Buffer) => Buffer): string {
  const input = signingInput(smith.header(), smith.payload());
  return `${input}.${change(smith.signature(input, 'ec')).toString('base64url')}`;
}

const noAlgorithm: Forgery[] = ['none', 'None', 'nOnE', 'NONE', '', 'null', 'HS256\u0000'].flatMap((alg): Forgery[] => [
  [`alg "${alg}" over a good signature`, 'alg', withHeader({ alg })],
  [`alg "${alg}" without a signature`, 'format', (smith) => `${signingInput(smith.header({ alg }), smith.payload())}.`],
]);

const SECRETS: Record<string, (smith: TokenSmith, kid: Kid) => string | Buffer> = {
  PEM: (smith, kid) => smith.keys[kid].publicKey.export({ type: 'spki', format: 'pem' }),
  'PEM without its line end': (smith, kid) =>
    smith.keys[kid].publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd(),
  DER: (smith, kid) => smith.keys[kid].publicKey.export({ type: 'spki', format: 'der' }),
  JWK: (smith, kid) => JSON.stringify(smith.jwks().keys.find((jwk) => jwk.kid === kid)),
};

const publicKeyAsSecret: Forgery[] = ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
  (['rsa', 'ec'] as const).flatMap((kid) =>
    Object.entries(SECRETS).map(([format, secret]): Forgery => [
      `${alg} with the ${format} of the key "${kid}" as the secret`,
      'alg',
      (smith) => smith.macced(alg, kid, secret(smith, kid)),
    ]),
  ),
);

/** The lure is a URL where the stranger's key lies; whoever follows it is counted. */
const keyInHeader: Forgery[] = [
  ['a key of its own in jwk', 'forbidden_headers', (smith) => byStranger(smith, { jwk: strangerJwk })],
  ['its key behind jku', 'forbidden_headers', (smith, lure) => byStranger(smith, { jku: lure })],
  [
    'its key behind jku, with an unknown kid',
    'forbidden_headers',
    (smith, lure) => byStranger(smith, { jku: lure, kid: 's' }),
  ],
  [
    'its key behind jku, within the issuer',
    'forbidden_headers',
    (smith, lure) => byStranger(smith, { jku: `${smith.issuer}@${lure}` }),
  ],
  ['its certificate behind x5u', 'forbidden_headers', (smith, lure) => byStranger(smith, { x5u: lure })],
  ['a certificate of its own in x5c', 'forbidden_headers', (smith) => byStranger(smith, { x5c: ['MIIB'] })],
  ['the URL of its key as kid', 'key', (smith, lure) => byStranger(smith, { kid: lure })],
  ['jku beside a good signature', 'forbidden_headers', (smith, lure) => smith.signed(smith.header({ jku: lure }))],
  ['crit with an unknown name', 'forbidden_headers', withHeader({ crit: ['unknown'], unknown: true })],
  ['crit that is empty', 'forbidden_headers', withHeader({ crit: [] })],
  ['crit that is null', 'forbidden_headers', withHeader({ crit: null })],
  ['b64 false', 'forbidden_headers', withHeader({ b64: false, crit: ['b64'] })],
  ['zip', 'forbidden_headers', withHeader({ zip: 'DEF' })],
  ['typ of an access token', 'typ', withHeader({ typ: 'at+jwt' })],
  ['typ of a logout token', 'typ', withHeader({ typ: 'logout+jwt' })],
  ['typ that is a list', 'typ', withHeader({ typ: ['JWT'] })],
];

const KIDS: [title: string, check: string, kid: unknown][] = [
  ['that is missing', 'kid', undefined],
  ['that is null', 'kid', null],
  ['that is a number', 'kid', 1],
  ['that is a list', 'kid', ['ec']],
  ['that is an object', 'kid', { kid: 'ec' }],
  ['that is empty', 'kid', ''],
  ['with SQL in it', 'kid', "ec' OR '1'='1"],
  ['with U+0000 in it', 'kid', 'ec\u0000'],
  ['with a line break in it', 'kid', 'ec\r\nx-evil: 1'],
  ['of 129 characters', 'kid', 'e'.repeat(129)],
  ['of 5,000 characters', 'kid', 'e'.repeat(5000)],
  ['that is a path', 'key', '../../../../../../dev/null'],
  ['that every object has', 'key', 'constructor'],
  ['that every object has, too', 'key', '__proto__'],
  ['in another case', 'key', 'EC'],
  ['that is unknown', 'key', 'unknown'],
];
const wrongKid = KIDS.map(([title, check, kid]): Forgery => [`a kid ${title}`, check, withHeader({ kid })]);

const wrongKey: Forgery[] = [
  [
    'a key that is too weak',
    'key',
    (smith) => smith.signed(smith.header({ alg: 'RS256', kid: 'weak' }), undefined, 'weak'),
  ],
  ['a key for encryption', 'key', (smith) => smith.signed(smith.header({ kid: 'enc' }), undefined, 'enc')],
  ['ES256 by a key of P-384', 'key_alg', (smith) => smith.signed(smith.header({ kid: 'p384' }), undefined, 'p384')],
  [
    'ES384 in the name of a key of P-256',
    'key_alg',
    (smith) => smith.signed(smith.header({ alg: 'ES384' }), undefined, 'p384'),
  ],
  [
    'RS256 in the name of an EC key',
    'key_alg',
    (smith) => smith.signed(smith.header({ alg: 'RS256' }), undefined, 'rsa'),
  ],
  [
    'EdDSA in the name of an EC key',
    'key_alg',
    (smith) => smith.signed(smith.header({ alg: 'EdDSA' }), undefined, 'ed'),
  ],
  [
    'PS256 by a key that is for RS256',
    'key_alg',
    (smith) => {
      const input = signingInput(smith.header({ alg: 'PS256', kid: 'rsa' }), smith.payload());
      return `${input}.${smith.pssSignature(input).toString('base64url')}`;
    },
  ],
  ['a key of P-384 in the name of one of P-256', 'signature', (smith) => smith.signed(undefined, undefined, 'p384')],
  ['the key of a stranger', 'signature', (smith) => byStranger(smith)],
  ['a key in the name of another of the tenant', 'signature', (smith) => smith.signed(undefined, undefined, 'enc')],
];

const wrongSignature: Forgery[] = [
  ['none', 'format', (smith) => withSignature(smith, () => Buffer.alloc(0))],
  ['nothing but zeros', 'signature', (smith) => withSignature(smith, () => Buffer.alloc(64))],
  ['one zero', 'signature', (smith) => withSignature(smith, () => Buffer.alloc(1))],
  [
    'r and s that are the order of the curve',
    'signature',
    (smith) => withSignature(smith, () => Buffer.from(ORDER + ORDER, 'hex')),
  ],
  [
    'r that is zero',
    'signature',
    (smith) => withSignature(smith, (good) => Buffer.concat([Buffer.alloc(32), good.subarray(32)])),
  ],
  [
    's that is zero',
    'signature',
    (smith) => withSignature(smith, (good) => Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)])),
  ],
  ['a byte less', 'signature', (smith) => withSignature(smith, (good) => good.subarray(1))],
  ['a zero before it', 'signature', (smith) => withSignature(smith, (good) => Buffer.concat([Buffer.alloc(1), good]))],
  ['a zero after it', 'signature', (smith) => withSignature(smith, (good) => Buffer.concat([good, Buffer.alloc(1)]))],
  ['itself twice', 'signature', (smith) => withSignature(smith, (good) => Buffer.concat([good, good]))],
  [
    'a bit changed',
    'signature',
    (smith) => withSignature(smith, (good) => Buffer.from(good.map((byte, at) => (at === 40 ? byte ^ 1 : byte)))),
  ],
  [
    'the form of DER',
    'signature',
    (smith) => {
      const input = signingInput(smith.header(), smith.payload());
      return `${input}.${smith.signature(input, 'ec', 'der').toString('base64url')}`;
    },
  ],
  ['its place under another payload', 'signature', (smith) => withPayloadOfAnother(smith)],
];

function withPayloadOfAnother(smith: TokenSmith): string {
  const [, , signature] = smith.signed().split('.');
  return `${signingInput(smith.header(), smith.payload({ sub: 'admin' }))}.${signature}`;
}

export const forgedEnvelopes: Readonly<Record<string, Forgery[]>> = {
  'no algorithm': noAlgorithm,
  'a public key as a shared secret': publicKeyAsSecret,
  'a header that steers the check': keyInHeader,
  'a kid': wrongKid,
  'a key': wrongKey,
  'a signature that has': wrongSignature,
};
