import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Client, Clients, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { Denials } from './denials.js';
import { OauthModule } from './oauth.module.js';
import { RefreshTokenGrant } from './refresh-token-grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';

const INVALID = { code: 'invalid_grant' };
const SCOPES = ['zap', 'profile', 'authentication'];

let database: TestDatabase;
let app: TestApp;
let tenant: Tenant;
let client: Client;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  const values = { name: 'A', grants: [], scopes: SCOPES, redirectUris: [], isPublic: false };
  client = (await app.get(Clients).add(tenant.id, values, () => Promise.resolve())).client;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** A new grant and its first refresh token. */
const authorize = () =>
  app.database.transaction(async (tx) => {
    const facts = { clientId: client.clientId, userId, scopes: SCOPES };
    const grantId = await app.get(AuthorizationGrants).create(tenant.id, facts, 120, tx);
    return { token: (await app.get(RefreshTokens).begin(tenant.id, grantId, tx)).reveal() };
  });

function refresh(token: string, scope?: string, as = client) {
  const grant = new RefreshTokenGrant(app.get(RefreshTokens), app.clock);
  return grant.handler({ refresh_token: token, ...(scope !== undefined && { scope }) }, { tenant, client: as });
}
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;
async function isGood(accessToken: string): Promise<boolean> {
  await app.get(Denials).sync();
  return (await app.get(AccessTokens).find(accessToken)) !== null;
}

describe('a refresh token of a client with a longest life', () => {
  const HOUR = 3600;
  const brief = () => Object.assign(new Client(), client, { refreshLifetimeSeconds: HOUR });

  it('is refused when that is over, however often it was refreshed', async () => {
    const first = await refresh((await authorize()).token, undefined, brief());
    app.clock.advance(HOUR - 1);
    const second = await refresh(first.refresh_token ?? '', undefined, brief());
    app.clock.advance(1);
    await expect(refresh(second.refresh_token ?? '', undefined, brief())).rejects.toMatchObject(INVALID);
    // The setting is the client's, as it is by now.
    expect(await refresh(second.refresh_token ?? '')).toHaveProperty('refresh_token');
  });

  it('is refused after its end for its grace as well', async () => {
    const { token } = await authorize();
    app.clock.advance(HOUR - 1);
    await refresh(token, undefined, brief());
    app.clock.advance(1);
    await expect(refresh(token, undefined, brief())).rejects.toMatchObject(INVALID);
  });
});

describe('a spent refresh token', () => {
  it.each([0, 10])('of a client with a grace of %i seconds ends its family after that', async (refreshGraceSeconds) => {
    const careful = Object.assign(new Client(), client, { refreshGraceSeconds });
    const { token } = await authorize();
    const first = await refresh(token, undefined, careful);
    if (refreshGraceSeconds > 0) {
      app.clock.advance(refreshGraceSeconds);
      expect(await refresh(token, undefined, careful)).toMatchObject({ refresh_token: first.refresh_token });
      app.clock.advance(1);
    }
    await expect(refresh(token, undefined, careful)).rejects.toMatchObject(INVALID);
    expect([await isLive(first.refresh_token ?? ''), await isGood(first.access_token)]).toEqual([false, false]);
  });

  it('again within 30 seconds, for other scopes, gives the same successor and an access token for those', async () => {
    const { token } = await authorize();
    const first = await refresh(token);
    const narrow = await refresh(token, 'profile');
    expect(narrow).toMatchObject({ scope: 'profile', refresh_token: first.refresh_token, expires_in: 36_000 });
    expect(await app.get(AccessTokens).find(narrow.access_token)).toMatchObject({ scopes: ['profile'] });
    expect(await refresh(token, 'authentication profile zap')).toEqual(first);
    await expect(refresh(token, 'zap:write')).rejects.toMatchObject({ code: 'invalid_scope' });
    expect(await isLive(first.refresh_token ?? '')).toBe(true);
  });

  it('again within 30 seconds gives no access token that was revoked meanwhile', async () => {
    const { token } = await authorize();
    const first = await refresh(token);
    const bearer = await app.get(AccessTokens).find(first.access_token);
    if (!bearer) throw new Error('The access token is good.');
    await app.database.transaction((tx) => app.get(Denials).end(tenant.id, 'token', bearer.id, bearer.expiresAt, tx));
    await app.get(Denials).sync();
    const again = await refresh(token);
    expect([await isGood(first.access_token), await isGood(again.access_token)]).toEqual([false, true]);
    expect(again.refresh_token).toBe(first.refresh_token);
  });
});
