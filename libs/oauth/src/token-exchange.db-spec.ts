import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '#libs/crypto';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Tenants, Users, type Client, type Tenant } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from '#libs/trusted-keys';
import { AccessTokens } from './access-tokens.js';
import { ConnectTokenIssuer, type ConnectTokenRequest, type IssuedConnectToken } from './connect-token-issuer.js';
import { Denials, OauthModule } from './index.js';
import { TokenExchange } from './token-exchange.js';

const ORIGIN = 'https://notes.example';
const TYPE = 'urn:ietf:params:oauth:token-type:';
const BROWSER = { requested_token_type: 'urn:gatehouse:token-type:browser-token', resource: ORIGIN };
const CONNECT = { requested_token_type: `${TYPE}connect-token`, resource: 'http://localhost:3000/to/acme-crm' };

/** Remembers what it was asked for. */
class RecordedSessions extends ConnectTokenIssuer {
  readonly asked: ConnectTokenRequest[] = [];

  issue(request: ConnectTokenRequest): Promise<IssuedConnectToken> {
    this.asked.push(request);
    return Promise.resolve({ token: 'session', attemptId: randomUUID(), lifetimeSeconds: 360 });
  }
}

let database: TestDatabase;
let app: TestApp;
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let tenant: Tenant;
let client: Client;
let exchange: TokenExchange;
const sessions = new RecordedSessions();

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule, TrustedKeysModule] });
  pair = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] };
  ({ tenant, client } = await app
    .get(Tenants)
    .create(newTenant({ origins: [ORIGIN] }), ({ id }, tx) => app.get(TrustedKeys).register(id, { jwks }, tx)));
  exchange = new TokenExchange(
    app.get(PartnerTokens),
    app.get(Users),
    app.get(AccessTokens),
    sessions,
    app.get(Denials),
    app.clock,
  );
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

function jwt(claims: JWTPayload = {}): Promise<string> {
  const iat = Math.floor(app.clock.now().getTime() / 1000);
  const usual = { iss: tenant.issuer, aud: tenant.audience, sub: 'ada', org_id: 'org-1', jti: randomUUID() };
  return new SignJWT({ ...usual, iat, exp: iat + 300, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(pair.privateKey);
}
const ask = (subject_token: string, parameters: Record<string, string> = {}, type = 'jwt') =>
  exchange.handler({ subject_token, subject_token_type: TYPE + type, ...parameters }, { tenant, client });
const find = (token: string) => app.get(AccessTokens).find(token);

describe('a mistake in the request leaves the JWT as it was', () => {
  it.each<[string, Record<string, string>, string, Record<string, string>]>([
    ['a page of another origin', { resource: 'https://evil.example' }, 'invalid_target', BROWSER],
    ['a resource that is none', { resource: 'x' }, 'invalid_request', BROWSER],
    ['a scope that no page may have', { scope: 'webhook:read' }, 'invalid_scope', BROWSER],
    ['a session code that may not connect', { scope: 'connection:read' }, 'invalid_scope', CONNECT],
    ['a scope that there is not', { scope: 'everything' }, 'invalid_scope', {}],
  ])('%s', async (_what, mistake, code, usual) => {
    const token = await jwt();
    await expect(ask(token, { ...usual, ...mistake })).rejects.toMatchObject({ code });
    await expect(ask(token, usual)).resolves.toHaveProperty('access_token');
    await expect(ask(token, usual)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('what is exchanged for an access token', () => {
  it('names the first of them: the root of however many exchanges', async () => {
    const first = (await ask(await jwt())).access_token;
    const second = (await ask(first, {}, 'access-token')).access_token;
    const page = (await ask(second, BROWSER, 'access-token')).access_token;
    await ask(second, CONNECT, 'access-token');
    const root = await find(first);
    expect(root?.rootId).toBeNull();
    expect([(await find(second))?.rootId, (await find(page))?.rootId]).toEqual([root?.id, root?.id]);
    expect(sessions.asked.at(-1)).toMatchObject({ rootId: root?.id, grantId: null });
  });

  it('names its authorization', async () => {
    const grantId = randomUUID();
    const userId = await app.get(Users).findOrCreate(tenant.id, 'org-1', 'ada');
    const bearer = { tenantId: tenant.id, clientId: client.clientId, userId, scopes: ['connection:write'], grantId };
    const { token } = app.get(AccessTokens).issue({ ...bearer, kind: 'access', origin: null }, 600);
    await ask(token.reveal(), CONNECT, 'access-token');
    expect(sessions.asked.at(-1)).toMatchObject({ grantId });
  });
});

describe('the answer to a login_challenge', () => {
  it('is no subject_token, and stays good for the login', async () => {
    const nonce = mintToken('login', tenant.id).token;
    const token = await jwt({ nonce });
    for (const parameters of [{}, BROWSER, CONNECT])
      await expect(ask(token, parameters)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(app.get(PartnerTokens).redeem(tenant, token, 'login', { nonce })).resolves.toMatchObject({
      subject: 'ada',
    });
  });

  it.each(['n-0S6_WzA2Mj', 'gate_lc_', 1, null])('is not what has the nonce %j', async (nonce) => {
    await expect(ask(await jwt({ nonce }))).resolves.toHaveProperty('access_token');
  });
});
