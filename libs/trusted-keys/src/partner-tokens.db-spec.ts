import { KeyObject, sign as signBytes } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from './index.js';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const pairs: Record<string, Pair> = {};
let database: TestDatabase;
let app: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384']) {
    pairs[alg] = await generateKeyPair(alg, { extractable: true });
  }
  tenant = await createTenantWith(await jwks());
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const pair = (alg: string): Pair => {
  const found = pairs[alg];
  if (!found) throw new Error(`No key pair for ${alg}.`);
  return found;
};
/** The RS256 key names its algorithm; the others do not. */
const jwks = async () => ({
  keys: await Promise.all(
    Object.keys(pairs).map(async (alg): Promise<JWK> => {
      const jwk = await exportJWK(pair(alg).publicKey);
      return { ...jwk, kid: `kid-${alg}`, ...(alg === 'RS256' && { alg }) };
    }),
  ),
});

async function createTenantWith(set: unknown, changes: Parameters<typeof newTenant>[0] = {}): Promise<Tenant> {
  const made = await app
    .get(Tenants)
    .create(newTenant(changes), (created, tx) => app.get(TrustedKeys).register(created.id, { jwks: set }, tx));
  return made.tenant;
}

const now = () => Math.floor(app.clock.now().getTime() / 1000);
const claims = (changes: Record<string, unknown> = {}, of = tenant) => ({
  iss: of.issuer,
  aud: of.audience,
  sub: 'user-1',
  org_id: 'org-1',
  iat: now(),
  exp: now() + 300,
  ...changes,
});
const signed = (changes: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}, of = tenant) => {
  const { alg = 'ES256' } = header;
  return new SignJWT(claims(changes, of))
    .setProtectedHeader({ alg, kid: `kid-${alg}`, ...header })
    .sign(pair(alg).privateKey);
};
const redeem = (token: string, of = tenant, type = 'access') => app.get(PartnerTokens).redeem(of, token, type);

const base64url = (text: string) => Buffer.from(text).toString('base64url');
/** Signs texts that no library would write. */
function signedText(header: string, payload: string): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const key = KeyObject.from(pair('ES256').privateKey);
  return `${input}.${signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
const header = (changes: object = {}) => JSON.stringify({ alg: 'ES256', kid: 'kid-ES256', ...changes });
const payload = (changes: object = {}) => JSON.stringify(claims({ ...changes }));

const rsaKeyAsSecret = async () => {
  const secret = new TextEncoder().encode(await exportSPKI(pair('RS256').publicKey));
  return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'kid-RS256' }).sign(secret);
};

describe('a token that is accepted', () => {
  it.each(['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384'])('is signed with a registered key (%s)', async (alg) => {
    expect(await redeem(await signed({}, { alg }))).toEqual({ org: 'org-1', subject: 'user-1' });
  });

  it.each([
    ['typ JWT in any case', {}, { typ: 'jwt' }],
    ['an audience alone in a list', { aud: ['http://localhost:3000'] }, {}],
    ['a clock a minute ahead', { iat: 60, exp: 360 }, {}],
    ['an end within the minute of leeway', { iat: -300, exp: -59 }, {}],
    ['claims that it need not have', { name: 'Ada', nested: { a: [1] } }, {}],
  ])('may have %s', async (_, changes: Record<string, unknown>, extra) => {
    const times = Object.entries(changes).map(([name, value]) => [
      name,
      typeof value === 'number' ? now() + value : value,
    ]);
    expect(await redeem(await signed(Object.fromEntries(times) as Record<string, unknown>, extra))).toMatchObject({
      subject: 'user-1',
    });
  });

  it('says what the person is called, and nothing where that is not fit to be shown', async () => {
    expect(await redeem(await signed({ name: 'Ada Lovelace' }))).toMatchObject({ name: 'Ada Lovelace' });
    for (const name of [undefined, 7, '', 'a\u0000'])
      expect(await redeem(await signed({ name }))).not.toHaveProperty('name');
  });

  it("names user and org by the tenant's own claims", async () => {
    const own = await createTenantWith(await jwks(), { userClaim: 'user', orgClaim: 'account' });
    expect(await redeem(await signed({ user: 'u', account: 'a' }, {}, own), own)).toEqual({ org: 'a', subject: 'u' });
  });
});

describe('a token that is refused', () => {
  const tokens: [string, string, () => Promise<string> | string][] = [
    [
      'alg none without a signature',
      'malformed',
      () => `${base64url(header({ alg: 'none' }))}.${base64url(payload())}.`,
    ],
    [
      'alg none with some signature',
      'header',
      () => `${base64url(header({ alg: 'none' }))}.${base64url(payload())}.AAAA`,
    ],
    ['HS256 with the public RSA key as its secret', 'header', rsaKeyAsSecret],
    ['an algorithm that the key does not name', 'header', () => signed({}, { alg: 'PS256', kid: 'kid-RS256' })],
    ['an algorithm of another curve', 'header', () => signed({}, { alg: 'ES384', kid: 'kid-ES256' })],
    ['no alg', 'header', () => signedText(JSON.stringify({ kid: 'kid-ES256' }), payload())],
    ['no kid', 'header', () => signedText(JSON.stringify({ alg: 'ES256' }), payload())],
    ['a kid that is a number', 'header', () => signedText(header({ kid: 1 }), payload())],
    ['the type of an access token', 'header', () => signed({}, { typ: 'at+jwt' })],
    ['jwk in its header', 'header', () => signedText(header({ jwk: {} }), payload())],
    ['jku in its header', 'header', () => signedText(header({ jku: 'https://evil.example' }), payload())],
    ['x5u in its header', 'header', () => signedText(header({ x5u: 'https://evil.example' }), payload())],
    ['x5c in its header', 'header', () => signedText(header({ x5c: [] }), payload())],
    ['crit in its header', 'header', () => signedText(header({ crit: ['exp'] }), payload())],
    ['b64 in its header', 'header', () => signedText(header({ b64: false }), payload())],
    ['an unknown kid', 'key', () => signed({}, { kid: 'unknown' })],
    ['a kid that every object has', 'key', () => signed({}, { kid: 'constructor' })],
    [
      'another key behind a registered kid',
      'signature',
      async () => {
        const stranger = await generateKeyPair('ES256');
        return new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'kid-ES256' }).sign(stranger.privateKey);
      },
    ],
    [
      'another payload under its signature',
      'signature',
      async () => {
        const [head, , signature] = (await signed()).split('.');
        return `${head}.${base64url(payload({ sub: 'admin' }))}.${signature}`;
      },
    ],
    ['a member twice', 'malformed', () => signedText(header(), `${payload().slice(0, -1)},"sub":"admin"}`)],
    [
      'a member twice, once escaped',
      'malformed',
      () => signedText(header(), String.raw`${payload().slice(0, -1)},"\u0073ub":"admin"}`),
    ],
    [
      'a member of an inner object twice',
      'malformed',
      () => signedText(header(), `${payload().slice(0, -1)},"a":[{"b":1,"b":2}]}`),
    ],
    [
      'a header member twice',
      'malformed',
      () => signedText('{"alg":"ES256","kid":"kid-ES256","kid":"kid-ES256"}', payload()),
    ],
    ['a payload that is no object', 'malformed', () => signedText(header(), '[]')],
    ['a payload that is not JSON', 'malformed', () => signedText(header(), 'sub=1')],
    [
      'bytes that are not UTF-8',
      'malformed',
      async () => {
        const [head, , signature] = (await signed()).split('.');
        return `${head}.${Buffer.from('7b2261223a22ff227d', 'hex').toString('base64url')}.${signature}`;
      },
    ],
    ['more than 16 levels', 'malformed', () => signedText(header(), `{"a":${'['.repeat(20)}${']'.repeat(20)}}`)],
    ['more than 8 KiB', 'malformed', () => signed({ filler: 'x'.repeat(9000) })],
    ['two parts', 'malformed', async () => (await signed()).split('.').slice(0, 2).join('.')],
    ['four parts', 'malformed', async () => `${await signed()}.AAAA`],
    ['padding', 'malformed', async () => `${await signed()}==`],
    [
      'the alphabet of plain base64',
      'malformed',
      async () => {
        const [head, body] = (await signed()).split('.');
        return `${head}.${body}.${'+/'.repeat(43)}`;
      },
    ],
    ['a line break', 'malformed', async () => `${await signed()}\n`],
    [
      'bits after its last byte',
      'malformed',
      async () => (await signed()).replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
    ],
    ['another issuer', 'claims', () => signed({ iss: 'https://evil.example' })],
    ['no issuer', 'claims', () => signed({ iss: undefined })],
    ['the issuer with a slash more', 'claims', () => signed({ iss: `${tenant.issuer}/` })],
    ['another audience', 'claims', () => signed({ aud: 'https://evil.example' })],
    ['no audience', 'claims', () => signed({ aud: undefined })],
    ['a second audience', 'claims', () => signed({ aud: [tenant.audience, 'https://evil.example'] })],
    ['a user that is a number', 'claims', () => signed({ sub: 1 as unknown as string })],
    ['an empty user', 'claims', () => signed({ sub: '' })],
    ['a user of 256 characters', 'claims', () => signed({ sub: 'x'.repeat(256) })],
    ['a line break in the user', 'claims', () => signed({ sub: 'a\nb' })],
    ['no org', 'claims', () => signed({ org_id: undefined })],
    ['exp as text', 'time', () => signedText(header(), payload({ exp: String(now() + 60) }))],
    ['no exp', 'time', () => signed({ exp: undefined })],
    ['no iat', 'time', () => signed({ iat: undefined })],
    [
      'an exp that is no finite number',
      'time',
      () => signedText(header(), payload().replace(/"exp":\d+/, '"exp":1e999')),
    ],
    ['an end more than a minute ago', 'time', () => signed({ iat: now() - 300, exp: now() - 60 })],
    ['a beginning more than a minute ahead', 'time', () => signed({ nbf: now() + 61 })],
    ['a time of issue more than a minute ahead', 'time', () => signed({ iat: now() + 61, exp: now() + 120 })],
    ['a life of more than five minutes', 'time', () => signed({ exp: now() + 361 })],
    ['an age of more than five minutes', 'time', () => signed({ iat: now() - 361, exp: now() - 1 })],
    ['a jti that is a number', 'replay', () => signed({ jti: 1 as unknown as string })],
    ['an empty jti', 'replay', () => signed({ jti: '' })],
  ];

  it.each(tokens)('has %s (%s)', async (_, reason, token) => {
    await expect(redeem(await token())).rejects.toMatchObject({ name: 'RefusedToken', reason });
  });

  it("is another tenant's, though both trust the same keys", async () => {
    const other = await createTenantWith(await jwks());
    await expect(redeem(await signed(), other)).rejects.toMatchObject({ reason: 'claims' });
  });
});
