import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from './index.js';

let database: TestDatabase;
let app: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  const jwks = { keys: [...keys, { ...keys[0], kid: 'enc', use: 'enc' }] };
  const made = await app
    .get(Tenants)
    .create(newTenant(), ({ id }, tx) => app.get(TrustedKeys).register(id, { jwks }, tx));
  tenant = made.tenant;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = [
  { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' },
  { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', alg: 'RS256' },
];

const now = () => Math.floor(app.clock.now().getTime() / 1000);
const claims = (changes: object = {}) => ({
  iss: tenant.issuer,
  aud: tenant.audience,
  sub: 'user-1',
  org_id: 'org-1',
  iat: now(),
  nbf: now(),
  exp: now() + 119,
  jti: 'used-once',
  ...changes,
});
const encoded = (text: string) => Buffer.from(text).toString('base64url');

interface Signing {
  header?: object;
  payload?: string | object;
  key?: KeyObject;
  dsaEncoding?: 'der' | 'ieee-p1363';
}
function signed({ header = {}, payload = claims(), key = ec.privateKey, dsaEncoding = 'ieee-p1363' }: Signing = {}) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const input = `${encoded(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: 'ec', ...header }))}.${encoded(text)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding }).toString('base64url')}`;
}
const withClaims = (changes: object) => signed({ payload: claims(changes) });

const explain = (token: string) => app.get(PartnerTokens).explain(tenant, token);
const redeem = (token: string) => app.get(PartnerTokens).redeem(tenant, token, 'access-token');

const EVERY_CHECK =
  'size format header payload forbidden_headers typ alg kid key key_alg signature iss aud exp nbf iat lifetime user org jti';

describe('an explanation', () => {
  it('of a good token says of every check what was seen', async () => {
    const { valid, checks } = await explain(signed());
    expect(valid).toBe(true);
    expect(checks.map(({ check }) => check).join(' ')).toBe(EVERY_CHECK);
    expect(checks.filter(({ ok, detail }) => !ok || !/^\S.*\S$/.test(detail))).toEqual([]);
    const details = Object.fromEntries(checks.map(({ check, detail }) => [check, detail]));
    expect(details).toMatchObject({
      alg: 'alg is ES256.',
      kid: 'kid is "ec".',
      key: 'The registered keys hold it: EC P-256.',
      exp: 'It expires in 119 s.',
      lifetime: 'exp is 119 s after iat; 300 s are allowed.',
      user: 'The claim "sub" names the user "user-1".',
      jti: 'jti was not used before.',
    });
  });

  const failures: [string, string, string, () => string][] = [
    ['size', 'malformed', 'It has 1048576 characters; at most 8192 are read.', () => 'a'.repeat(1024 * 1024)],
    ['size', 'malformed', 'It has 10000 characters', () => '.'.repeat(10_000)],
    ['format', 'malformed', 'fewer than three parts', () => 'token'],
    ['format', 'malformed', 'fewer than three parts', () => ''],
    ['format', 'malformed', 'not an encrypted one (JWE)', () => `${signed()}.AAAA.AAAA`],
    ['format', 'malformed', 'its signature is not canonical base64url without padding', () => `${signed()}==`],
    ['format', 'malformed', 'there is white space in it', () => `${signed()}\n`],
    ['header', 'malformed', 'it is not JSON', () => signed().replace(/^[^.]+/, encoded('{'))],
    ['payload', 'malformed', 'it names a member twice', () => signed({ payload: '{"sub":"a","sub":"b"}' })],
    ['payload', 'malformed', 'deeper than 16 levels', () => signed({ payload: `{"a":${'['.repeat(5500)}` })],
    ['payload', 'malformed', 'it is not a JSON object', () => signed({ payload: '[]' })],
    [
      'forbidden_headers',
      'header',
      'carries jku, crit',
      () => signed({ header: { crit: ['exp'], jku: 'https://evil.test' } }),
    ],
    ['typ', 'header', 'typ is "at+jwt": it must be JWT or absent', () => signed({ header: { typ: 'at+jwt' } })],
    [
      'alg',
      'header',
      'alg is "none". Sign with a private key and one of RS256',
      () => signed({ header: { alg: 'none' } }),
    ],
    ['alg', 'header', 'alg is "HS256"', () => signed({ header: { alg: 'HS256' } })],
    ['alg', 'header', 'alg is missing', () => signed({ header: { alg: undefined } })],
    ['kid', 'header', 'kid is missing: it must name a key of your JWKS', () => signed({ header: { kid: undefined } })],
    ['kid', 'header', String.raw`kid is "../etc/passwd\u0000"`, () => signed({ header: { kid: '../etc/passwd\0' } })],
    [
      'key',
      'key',
      'kid "other" names no registered key. There are: "ec", "rsa".',
      () => signed({ header: { kid: 'other' } }),
    ],
    [
      'key',
      'key',
      'The key "enc" is registered, but is not used. Its use is "enc"',
      () => signed({ header: { kid: 'enc' } }),
    ],
    [
      'key_alg',
      'header',
      'alg is ES256, but the key of this kid is for RS256.',
      () => signed({ header: { kid: 'rsa' } }),
    ],
    ['signature', 'signature', 'signed with another private key', () => signed({ key: stranger.privateKey })],
    ['signature', 'signature', 'not as DER (RFC 7518 §3.4)', () => signed({ dsaEncoding: 'der' })],
    [
      'iss',
      'claims',
      'iss is "https://evil.test"; the registered issuer is',
      () => withClaims({ iss: 'https://evil.test' }),
    ],
    ['iss', 'claims', 'iss is nothing', () => withClaims({ iss: undefined })],
    ['aud', 'claims', 'aud is ["a","b"]; it must be the registered audience', () => withClaims({ aud: ['a', 'b'] })],
    ['exp', 'time', 'It expired 61 s ago', () => withClaims({ iat: now() - 200, nbf: now() - 200, exp: now() - 61 })],
    ['exp', 'time', 'exp is "soon": it must be a number', () => withClaims({ exp: 'soon' })],
    ['nbf', 'time', 'nbf is 61 s ahead of our clock', () => withClaims({ nbf: now() + 61 })],
    ['iat', 'time', 'iat is 61 s ahead of our clock', () => withClaims({ iat: now() + 61 })],
    [
      'iat',
      'time',
      'It was issued 361 s ago; 300 s are allowed.',
      () => withClaims({ iat: now() - 361, exp: now() - 59 }),
    ],
    ['iat', 'time', 'iat is missing: it must be a number', () => withClaims({ iat: undefined })],
    ['lifetime', 'time', 'exp is 361 s after iat; 300 s are allowed.', () => withClaims({ exp: now() + 361 })],
    ['lifetime', 'time', 'after iat; 300 s are allowed.', () => withClaims({ exp: 1e300 })],
    [
      'user',
      'claims',
      'The claim "sub", which names the user, is 1. It must be a string',
      () => withClaims({ sub: 1 }),
    ],
    ['user', 'claims', 'holds a character that is not printable', () => withClaims({ sub: 'half \uD83D' })],
    ['org', 'claims', 'The claim "org_id", which names the org, is missing.', () => withClaims({ org_id: undefined })],
    ['jti', 'replay', 'jti is 1: give each token a string of its own.', () => withClaims({ jti: 1 })],
  ];

  it.each(failures)('finds that %s fails (%s): %s', async (name, _, why, token) => {
    const { valid, checks } = await explain(token());
    const failed = checks.filter(({ ok }) => !ok);
    expect(valid).toBe(false);
    expect(failed).toEqual([{ check: name, ok: false, detail: expect.stringContaining(why) }]);
  });

  it.each(failures)('says of %s (%s) what the exchange refuses it for: %s', async (_, reason, why, token) => {
    await expect(redeem(token())).rejects.toMatchObject({
      name: 'RefusedToken',
      reason,
      detail: expect.stringContaining(why),
    });
  });

  it('covers every check', () => {
    expect(new Set(failures.map(([name]) => name))).toEqual(new Set(EVERY_CHECK.split(' ')));
  });

  it('goes on past a failure, and leaves out only what needs what failed', async () => {
    const { checks } = await explain(
      signed({ header: { kid: 'other', typ: 'x' }, payload: claims({ aud: 'x', exp: 'x' }) }),
    );
    const names = (passed: boolean) => checks.filter(({ ok }) => ok === passed).map(({ check }) => check);
    expect(names(false)).toEqual(['typ', 'key', 'aud', 'exp']);
    expect(names(true)).toEqual([
      'size',
      'format',
      'header',
      'payload',
      'forbidden_headers',
      'alg',
      'kid',
      'iss',
      'nbf',
      'iat',
      'user',
      'org',
      'jti',
    ]);
  });

  it('quotes at most 80 characters of a value, and nothing of the signature', async () => {
    const long = 'x'.repeat(500);
    const token = signed({
      header: { typ: long, alg: long, kid: long },
      payload: claims({
        iss: long,
        aud: [long],
        exp: long,
        nbf: long,
        iat: long,
        sub: { long },
        org_id: [long],
        jti: [long],
      }),
    });
    const { checks } = await explain(token);
    const signature = token.split('.')[2] ?? '';
    for (const { detail } of checks) {
      expect(detail).not.toContain('x'.repeat(81));
      expect(detail).not.toContain(signature.slice(0, 16));
    }
    expect(checks.filter(({ ok }) => !ok)).toHaveLength(11);
  });
});
