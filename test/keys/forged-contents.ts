import type { Forgery } from './forged-envelopes.js';
import { signingInput, type TokenSmith } from './token-smith.js';

const now = () => Math.floor(Date.now() / 1000);
const withClaims = (changes: (smith: TokenSmith) => Record<string, unknown>) => (smith: TokenSmith) =>
  smith.signed(undefined, smith.payload(changes(smith)));
/** With a text that no JSON writer would put there. */
const withText = (claim: string, text: string) => (smith: TokenSmith) =>
  smith.signed(undefined, smith.payload({ [claim]: 'HERE' }).replace('"HERE"', text));
/** One more member at the end of an object. */
const withMember = (object: string, member: string) => `${object.slice(0, -1)},${member}}`;
const parts = (smith: TokenSmith) => {
  const [header = '', payload = '', signature = ''] = smith.signed().split('.');
  return { header, payload, signature };
};

const times: Forgery[] = [
  ['exp as a text', 'exp', withClaims(() => ({ exp: String(now() + 60) }))],
  ['exp as a list', 'exp', withClaims(() => ({ exp: [now() + 60] }))],
  ['exp that is NaN', 'payload', withText('exp', 'NaN')],
  ['exp that is Infinity', 'payload', withText('exp', 'Infinity')],
  ['exp that is beyond all numbers', 'exp', withText('exp', '1e400')],
  ['exp that is negative', 'exp', withClaims(() => ({ exp: -1 }))],
  ['exp that is true', 'exp', withClaims(() => ({ exp: true }))],
  ['exp that is null', 'exp', withClaims(() => ({ exp: null }))],
  ['no exp', 'exp', withClaims(() => ({ exp: undefined }))],
  ['exp in the past', 'exp', withClaims(() => ({ iat: now() - 200, exp: now() - 61 }))],
  ['exp in milliseconds', 'lifetime', withClaims(() => ({ exp: Date.now() + 60_000 }))],
  ['exp in the far future', 'lifetime', withClaims(() => ({ exp: 2 ** 53 }))],
  ['a life that is too long', 'lifetime', withClaims(() => ({ exp: now() + 400 }))],
  ['no iat', 'iat', withClaims(() => ({ iat: undefined }))],
  ['iat as a text', 'iat', withClaims(() => ({ iat: String(now()) }))],
  ['iat that is negative', 'iat', withClaims(() => ({ iat: -1 }))],
  ['iat in the future', 'iat', withClaims(() => ({ iat: now() + 100 }))],
  ['iat that is too old', 'iat', withClaims(() => ({ iat: now() - 400, exp: now() + 10 }))],
  ['nbf in the future', 'nbf', withClaims(() => ({ nbf: now() + 100 }))],
  ['nbf as a text', 'nbf', withClaims(() => ({ nbf: String(now()) }))],
  ['nbf beyond all numbers', 'nbf', withText('nbf', '1e400')],
];

const audience: Forgery[] = [
  ['another audience', 'aud', withClaims(() => ({ aud: 'https://elsewhere.test' }))],
  ['no audience', 'aud', withClaims(() => ({ aud: undefined }))],
  [
    'ours beside another audience',
    'aud',
    withClaims(({ audience: ours }) => ({ aud: [ours, 'https://elsewhere.test'] })),
  ],
  ['ours twice', 'aud', withClaims(({ audience: ours }) => ({ aud: [ours, ours] }))],
  ['ours in a list in a list', 'aud', withClaims(({ audience: ours }) => ({ aud: [[ours]] }))],
  ['ours in another case', 'aud', withClaims(({ audience: ours }) => ({ aud: ours.toUpperCase() }))],
  ['ours with a slash after it', 'aud', withClaims(({ audience: ours }) => ({ aud: `${ours}/` }))],
  ['an empty list of audiences', 'aud', withClaims(() => ({ aud: [] }))],
  ['another issuer', 'iss', withClaims(() => ({ iss: 'https://elsewhere.test' }))],
  ['no issuer', 'iss', withClaims(() => ({ iss: undefined }))],
  ['the issuer in another case', 'iss', withClaims(({ issuer }) => ({ iss: issuer.toUpperCase() }))],
  ['the issuer with a slash after it', 'iss', withClaims(({ issuer }) => ({ iss: `${issuer}/` }))],
  ['the issuer in a list', 'iss', withClaims(({ issuer }) => ({ iss: [issuer] }))],
];

const identity: Forgery[] = [
  ['a user that is a number', 'user', withClaims(() => ({ sub: 1 }))],
  ['a user that is an object', 'user', withClaims(() => ({ sub: { toString: 'ada' } }))],
  ['a user that is true', 'user', withClaims(() => ({ sub: true }))],
  ['a user without a name', 'user', withClaims(() => ({ sub: '' }))],
  ['a user of 256 characters', 'user', withClaims(() => ({ sub: 'a'.repeat(256) }))],
  ['a line break in the user', 'user', withClaims(() => ({ sub: 'ada\nroot' }))],
  ['U+0000 in the user', 'user', withClaims(() => ({ sub: 'ada\u0000' }))],
  ['half a character in the user', 'user', withClaims(() => ({ sub: 'ada\ud800' }))],
  ['no user', 'user', withClaims(() => ({ sub: undefined }))],
  ['a user by inheritance', 'user', withClaims(() => ({ sub: undefined, ['__proto__']: { sub: 'admin' } }))],
  ['no org', 'org', withClaims(() => ({ org_id: undefined }))],
  ['an org that is a number', 'org', withClaims(() => ({ org_id: 1 }))],
  ['an org in a list', 'org', withClaims(() => ({ org_id: ['org-1'] }))],
  ['a jti that is a number', 'jti', withClaims(() => ({ jti: 1 }))],
  ['a jti that is empty', 'jti', withClaims(() => ({ jti: '' }))],
];

const json: Forgery[] = [
  ['the user twice', 'payload', (smith) => smith.signed(undefined, withMember(smith.payload(), '"sub":"admin"'))],
  [
    'the user twice, once in escapes',
    'payload',
    (smith) => smith.signed(undefined, withMember(smith.payload(), String.raw`"\u0073\u0075b":"admin"`)),
  ],
  ['exp twice', 'payload', (smith) => smith.signed(undefined, withMember(smith.payload(), '"exp":4102444800'))],
  [
    'a member of an inner object twice',
    'payload',
    (smith) => smith.signed(undefined, withMember(smith.payload(), '"a":[{"b":1,"b":2}]')),
  ],
  ['alg twice', 'header', (smith) => smith.signed(withMember(smith.header(), '"alg":"none"'))],
  [
    'kid twice, once in escapes',
    'header',
    (smith) => smith.signed(withMember(smith.header(), String.raw`"\u006bid":"rsa"`)),
  ],
  [
    'U+0000 between its members',
    'payload',
    (smith) => smith.signed(undefined, withMember(smith.payload(), '\u0000"a":1')),
  ],
  ['U+0000 after its end', 'payload', (smith) => smith.signed(undefined, `${smith.payload()}\u0000`)],
  ['5,000 levels', 'payload', (smith) => smith.signed(undefined, `{"a":${'['.repeat(5000)}`)],
  ['10,000 levels', 'size', (smith) => smith.signed(undefined, `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)],
  ['5,000 levels in its header', 'header', (smith) => smith.signed(`{"alg":"ES256","kid":${'['.repeat(5000)}`)],
  ['a byte order mark in its header', 'header', (smith) => smith.signed(`\uFEFF${smith.header()}`)],
  ['a byte order mark in its payload', 'payload', (smith) => smith.signed(undefined, `\uFEFF${smith.payload()}`)],
  ['UTF-16', 'payload', (smith) => smith.signed(undefined, Buffer.from(smith.payload(), 'utf16le'))],
  [
    'a quote in two bytes where one is enough',
    'payload',
    (smith) => smith.signed(undefined, overlong(smith.payload())),
  ],
  ['a comma at the end', 'payload', (smith) => smith.signed(undefined, `${smith.payload().slice(0, -1)},}`)],
  ['a comment', 'payload', (smith) => smith.signed(undefined, `${smith.payload()}/**/`)],
  ['a list in place of its payload', 'payload', (smith) => smith.signed(undefined, `[${smith.payload()}]`)],
  ['a list in place of its header', 'header', (smith) => smith.signed(`[${smith.header()}]`)],
  ['null in place of its header', 'header', (smith) => smith.signed('null')],
];

/** U+0022 as C0 A2. */
function overlong(text: string): Buffer {
  const [before = '', ...after] = text.split('"');
  return Buffer.concat([Buffer.from(before), Buffer.from([0xc0, 0xa2]), Buffer.from(after.join('"'))]);
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const forms: Forgery[] = [
  ['padding', 'format', (smith) => `${smith.signed()}==`],
  ['padding after its header', 'format', (smith) => smith.signed().replace('.', '=.')],
  ['a line break after it', 'format', (smith) => `${smith.signed()}\n`],
  ['a space before it', 'format', (smith) => ` ${smith.signed()}`],
  ['a line break in it', 'format', (smith) => smith.signed().replace('.', '\n.')],
  ['U+0000 after it', 'format', (smith) => `${smith.signed()}\u0000`],
  ['a byte order mark before it', 'format', (smith) => `\uFEFF${smith.signed()}`],
  ['the alphabet of plain base64', 'format', (smith) => plainBase64(smith)],
  [
    'a bit after its last byte',
    'format',
    (smith) => smith.signed().replace(/.$/, (last) => BASE64URL[BASE64URL.indexOf(last) | 1] ?? ''),
  ],
  ['the word Bearer before it', 'format', (smith) => `Bearer ${smith.signed()}`],
  ['no header', 'format', (smith) => `.${parts(smith).payload}.${parts(smith).signature}`],
  ['no payload', 'format', (smith) => `${parts(smith).header}..${parts(smith).signature}`],
  ['two parts', 'format', (smith) => signingInput(smith.header(), smith.payload())],
  ['four parts', 'format', (smith) => `${smith.signed()}.AAAA`],
  ['nothing but dots', 'format', () => '..'],
  ['the flattened form of JSON', 'format', (smith) => flattened(smith)],
  ['the general form of JSON', 'format', (smith) => general(smith)],
  ['six parts, as two tokens', 'format', (smith) => `${smith.signed()}.${smith.signed()}`],
  ['8,193 characters', 'size', (smith) => smith.signed().padEnd(8193, 'A')],
  ['900,000 characters', 'size', (smith) => smith.signed(undefined, smith.payload({ filler: 'x'.repeat(650_000) }))],
];

/** Until the signature has a character in which the two alphabets differ. */
function plainBase64(smith: TokenSmith): string {
  for (;;) {
    const token = smith.signed();
    const plain = token.replaceAll('-', '+').replaceAll('_', '/');
    if (plain !== token) return plain;
  }
}

function flattened(smith: TokenSmith): string {
  const { header, payload, signature } = parts(smith);
  return JSON.stringify({ protected: header, payload, signature });
}

function general(smith: TokenSmith): string {
  const { header, payload, signature } = parts(smith);
  return JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
}

export const forgedContents: Readonly<Record<string, Forgery[]>> = {
  'a time': times,
  'an audience or an issuer': audience,
  'an identity': identity,
  'JSON with': json,
  'a form with': forms,
};
