import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '#libs/config';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, type ClientWithSecret, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { ClientAuthentication } from './client-authentication.js';
import { ClientDirectory, Denials, OauthModule } from './index.js';
import { Introspection } from './introspection.js';
import { RefreshTokens } from './refresh-tokens.store.js';

let database: TestDatabase;
let app: TestApp;
let introspection: Introspection;
let tenant: Tenant;
let userId: string;
let client: ClientWithSecret;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  introspection = new Introspection(
    new ClientAuthentication(app.get(ClientDirectory), app.clock),
    app.get(AccessTokens),
    app.get(RefreshTokens),
    app.get(Config),
    app.clock,
  );
});
beforeEach(async () => {
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  client = await addClient(tenant);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const INACTIVE = { active: false };
const nothingMore = () => Promise.resolve();
const addClient = ({ id }: Tenant, isPublic = false) =>
  app.get(Clients).add(id, { name: 'A', grants: [], scopes: ['zap'], redirectUris: [], isPublic }, nothingMore);
const introspect = (token: string, { client: { clientId }, secret } = client, more: object = {}) =>
  introspection.introspect({
    form: { client_id: clientId, client_secret: secret?.reveal() ?? '', token, ...more },
    authorization: undefined,
  });

const scopes = ['zap', 'connection:read'];
function accessToken(kind: 'access' | 'app' = 'access'): string {
  const { tenantId, clientId } = client.client;
  const bearer = { tenantId, clientId, kind, userId: kind === 'app' ? null : userId, scopes, origin: null };
  return app
    .get(AccessTokens)
    .issue({ ...bearer, grantId: null }, 3600)
    .token.reveal();
}
const refreshToken = () =>
  app.database.transaction(async (tx) => {
    const { tenantId, clientId } = client.client;
    const grantId = await app.get(AuthorizationGrants).create(tenantId, { clientId, userId, scopes }, 120, tx);
    return (await app.get(RefreshTokens).begin(tenantId, grantId, tx)).reveal();
  });

const seconds = (date: Date) => date.getTime() / 1000;
const ofAnyToken = () => ({
  active: true,
  scope: 'zap connection:read',
  client_id: client.client.clientId,
  iss: 'http://localhost:3000',
});
const ofAccessToken = () => ({
  ...ofAnyToken(),
  token_type: 'Bearer',
  iat: seconds(app.clock.now()),
  exp: seconds(app.clock.in(3600)),
});

describe('a live token of the caller', () => {
  it('for a user says whose it is, what it may do and until when', async () => {
    expect(await introspect(accessToken())).toEqual({ ...ofAccessToken(), sub: userId });
  });

  it('of the client itself names no user', async () => {
    expect(await introspect(accessToken('app'))).toEqual(ofAccessToken());
  });

  it('for refreshing has an end where its client has one, and is inactive from then on', async () => {
    const { tenantId, clientId } = client.client;
    await app.get(Clients).update(tenantId, clientId, { refreshLifetimeSeconds: 3600 }, nothingMore);
    const token = await refreshToken();
    expect(await introspect(token)).toMatchObject({ active: true, exp: Math.floor(seconds(app.clock.in(3600))) });
    app.clock.advance(3600);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  it('for refreshing is no bearer and has no end', async () => {
    expect(await introspect(await refreshToken())).toEqual({ ...ofAnyToken(), sub: userId });
  });

  it.each(['access_token', 'refresh_token', 'nonsense'])('is found under the hint %s', async (token_type_hint) => {
    expect(await introspect(accessToken(), client, { token_type_hint })).toMatchObject({ active: true });
    expect(await introspect(await refreshToken(), client, { token_type_hint })).toMatchObject({ active: true });
  });
});

describe('any other token is inactive, and nothing else is said of it', () => {
  it('expired', async () => {
    const token = accessToken();
    app.clock.advance(3600);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  it('ended', async () => {
    const [access, refresh] = [accessToken(), await refreshToken()];
    const found = await app.get(RefreshTokens).find(refresh);
    await app.get(AuthorizationGrants).revoke(tenant.id, found?.grantId ?? '');
    await app.database.transaction((tx) => app.get(Denials).deny(tenant.id, 'user', userId, tx));
    await app.get(Denials).sync();
    expect(await introspect(access)).toEqual(INACTIVE);
    expect(await introspect(refresh)).toEqual(INACTIVE);
  });

  it.each([
    ['another client of the tenant', () => addClient(tenant)],
    ['a client of another tenant', async () => addClient(await createTenant(app))],
  ])('asked about by %s', async (_whose, nosy) => {
    expect(await introspect(accessToken(), await nosy())).toEqual(INACTIVE);
    expect(await introspect(await refreshToken(), await nosy())).toEqual(INACTIVE);
  });

  it.each(['x', 'gate_at_', 'gate_rt_x', '\0', 'a'.repeat(9000)])('none at all: %j', async (token) => {
    expect(await introspect(token)).toEqual(INACTIVE);
  });
});

describe('the caller', () => {
  it('is no public client, whose word is anybody’s', async () => {
    const named = await addClient(tenant, true);
    await expect(introspect(accessToken(), named)).rejects.toMatchObject({ code: 'invalid_client' });
  });

  it.each<[string, object, string]>([
    ['without a client', { client_id: '', client_secret: '' }, 'invalid_client'],
    ['with a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['without a token', { token: '' }, 'invalid_request'],
    ['with two tokens', { token: ['a', 'b'] }, 'invalid_request'],
  ])('%s is refused', async (_what, changes, code) => {
    await expect(introspect(accessToken(), client, changes)).rejects.toMatchObject({ code });
  });
});
