import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Clients, type Client, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { ClientCredentials } from './client-credentials.js';
import { OauthModule } from './index.js';

let database: TestDatabase;
let app: TestApp;
let grant: ClientCredentials;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  grant = new ClientCredentials(app.get(AccessTokens));
  tenant = await createTenant(app);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function clientWith(scopes: string[]): Promise<Client> {
  const values = { name: 'A', grants: [], scopes, redirectUris: [], isPublic: false };
  return (await app.get(Clients).add(tenant.id, values, () => Promise.resolve())).client;
}

describe('an app token', () => {
  it('speaks for its client and for no user, ten hours long, and can not be refreshed', async () => {
    const client = await clientWith(['webhook:read']);
    const answer = await grant.handler({}, { tenant, client });
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^gate_at_/),
      token_type: 'Bearer',
      expires_in: 36_000,
      scope: 'webhook:read',
    });
    expect(await app.get(AccessTokens).find(answer.access_token)).toMatchObject({
      tenantId: tenant.id,
      kind: 'app',
      clientId: client.clientId,
      userId: null,
      scopes: ['webhook:read'],
      expiresAt: app.clock.in(36_000),
    });
  });

  it.each([
    ['all that the client has for apps', undefined, 'webhook:read webhook:write'],
    ['what was asked for', 'webhook:write', 'webhook:write'],
    ['it in the spelling that was asked for', 'connection:webhook:read', 'connection:webhook:read'],
    ['what was asked for twice once', 'webhook:read webhook:read', 'webhook:read'],
  ])('may do %s', async (_what, scope, granted) => {
    const client = await clientWith(['zap', 'webhook:read', 'webhook:write', 'profile']);
    expect(await grant.handler({ scope }, { tenant, client })).toMatchObject({ scope: granted });
  });
});

describe('is refused', () => {
  it.each([
    ['a scope of users, by its name', 'webhook:read zap', 'The scope zap is for tokens of users'],
    ['an alias of one', 'authentication', 'The scope authentication is for tokens of users'],
    ['a scope that the client has not', 'webhook:write', 'Allowed: webhook:read'],
    ['a scope that does not exist', 'webhook', 'Allowed: webhook:read'],
    ['a scope in other letters', 'WEBHOOK:READ', 'Allowed: webhook:read'],
    ['blank space', '  ', 'at least one'],
  ])('%s', async (_what, scope, sentence) => {
    const client = await clientWith(['zap', 'authentication', 'webhook:read']);
    await expect(grant.handler({ scope }, { tenant, client })).rejects.toMatchObject({
      code: 'invalid_scope',
      message: expect.stringContaining(sentence),
    });
  });

  it('a client that has scopes of users only', async () => {
    const client = await clientWith(['zap']);
    await expect(grant.handler({}, { tenant, client })).rejects.toMatchObject({ code: 'invalid_scope' });
  });
});
