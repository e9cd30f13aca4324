import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, type ClientWithSecret, type Tenant } from '#libs/tenants';
import { AccessTokens, type NewBearer } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { ClientAuthentication } from './client-authentication.js';
import { ClientDirectory, Denials, OauthModule } from './index.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { Revocation } from './revocation.js';

let database: TestDatabase;
let app: TestApp;
let revocation: Revocation;
let tenant: Tenant;
let userId: string;
let client: ClientWithSecret;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  revocation = new Revocation(
    new ClientAuthentication(app.get(ClientDirectory), app.clock),
    app.get(AccessTokens),
    app.get(RefreshTokens),
    app.get(AuthorizationGrants),
    app.get(Denials),
    app.get(Database),
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

const nothingMore = () => Promise.resolve();
const addClient = ({ id }: Tenant, isPublic = false) =>
  app.get(Clients).add(id, { name: 'A', grants: [], scopes: ['zap'], redirectUris: [], isPublic }, nothingMore);
const credentials = ({ client: { clientId }, secret }: ClientWithSecret) => ({
  client_id: clientId,
  ...(secret && { client_secret: secret.reveal() }),
});
const revoke = (token: string, as = client, more: object = {}) =>
  revocation.revoke({ form: { ...credentials(as), token, ...more }, authorization: undefined });

function accessToken({ client: { tenantId, clientId } } = client, changes: Partial<NewBearer> = {}): string {
  const usual: NewBearer = { tenantId, clientId, kind: 'access', userId, scopes: ['zap'], origin: null, grantId: null };
  return app
    .get(AccessTokens)
    .issue({ ...usual, ...changes }, 3600)
    .token.reveal();
}
const isGood = async (token: string) => (await app.get(AccessTokens).find(token)) !== null;

/** An authorization with an access token and a refresh token. */
const authorization = (of = client) =>
  app.database.transaction(async (tx) => {
    const { tenantId, clientId } = of.client;
    const grants = app.get(AuthorizationGrants);
    const grantId = await grants.create(tenantId, { clientId, userId, scopes: ['zap'] }, 120, tx);
    const refresh = await app.get(RefreshTokens).begin(tenantId, grantId, tx);
    return { grantId, refresh: refresh.reveal(), access: accessToken(of, { grantId }) };
  });
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;

describe('an access token', () => {
  it('ends, and no other with it', async () => {
    const [token, twin] = [accessToken(), accessToken()];
    await revoke(token);
    expect(await isGood(token)).toBe(false);
    expect(await isGood(twin)).toBe(true);
  });

  it.each(['access_token', 'refresh_token', 'nonsense'])('ends under the hint %s', async (hint) => {
    const token = accessToken();
    await revoke(token, client, { token_type_hint: hint });
    expect(await isGood(token)).toBe(false);
  });

  it.each([
    ['of a page', { kind: 'browser', origin: 'https://acme.example' }],
    ['of the client itself', { kind: 'app', userId: null }],
  ] as const)('%s ends too', async (_what, changes) => {
    const token = accessToken(client, changes);
    await revoke(token);
    expect(await isGood(token)).toBe(false);
  });

  it('of an authorization leaves the authorization as it is', async () => {
    const { access, refresh } = await authorization();
    await revoke(access);
    expect(await isGood(access)).toBe(false);
    expect(await isLive(refresh)).toBe(true);
  });

  it('ends with what was exchanged for it', async () => {
    const token = accessToken();
    const rootId = (await app.get(AccessTokens).find(token))?.id ?? null;
    const exchanged = accessToken(client, { rootId, kind: 'browser', origin: 'https://acme.example' });
    await revoke(token);
    expect(await isGood(exchanged)).toBe(false);
  });

  it('that ended before is answered as one that lives', async () => {
    const token = accessToken();
    await revoke(token);
    await expect(revoke(token)).resolves.toBeUndefined();
  });

  it('leaves a row no longer than it would have lived', async () => {
    const count = async () =>
      (await app.database.query(`SELECT 1 FROM denials WHERE tenant_id = $1`, [tenant.id])).length;
    await revoke(accessToken());
    expect(await count()).toBe(1);
    // An hour, and a minute for a process whose clock is behind.
    app.clock.advance(3661);
    await app.get(Denials).deleteExpired(100);
    expect(await count()).toBe(0);
  });
});

describe('a refresh token', () => {
  it('ends with everything of its authorization, and with nothing of another', async () => {
    const [one, two] = [await authorization(), await authorization()];
    await revoke(one.refresh);
    expect([await isLive(one.refresh), await isGood(one.access)]).toEqual([false, false]);
    expect([await isLive(two.refresh), await isGood(two.access)]).toEqual([true, true]);
  });

  it('that is spent ends it too', async () => {
    const { refresh, access } = await authorization();
    const pair = await app.get(RefreshTokens).rotate(tenant.id, refresh, client.client, ({ scopes }) => scopes);
    await revoke(refresh);
    expect(await isLive(pair?.refreshToken.reveal() ?? '')).toBe(false);
    expect([await isGood(access), await isGood(pair?.access.token.reveal() ?? '')]).toEqual([false, false]);
  });
});

describe('what is none of the caller', () => {
  it.each([
    ['another client of the tenant', () => addClient(tenant)],
    ['a public client of the tenant', () => addClient(tenant, true)],
    ['a client of another tenant', async () => addClient(await createTenant(app))],
  ])('is left alone when it comes from %s, with the same answer', async (_whose, thief) => {
    const { access, refresh } = await authorization();
    for (const token of [access, refresh]) await expect(revoke(token, await thief())).resolves.toBeUndefined();
    expect([await isGood(access), await isLive(refresh)]).toEqual([true, true]);
  });

  it.each(['x', 'gate_at_', '\0', 'ü', 'a'.repeat(9000)])(
    'is no error when it is no token at all: %j',
    async (token) => {
      await expect(revoke(token)).resolves.toBeUndefined();
    },
  );
});

describe('the caller', () => {
  it('may be a public client, for its own', async () => {
    const named = await addClient(tenant, true);
    const token = accessToken(named);
    await revoke(token, named);
    expect(await isGood(token)).toBe(false);
  });

  it.each<[string, object, string]>([
    ['without a client', { client_id: '', client_secret: '' }, 'invalid_client'],
    ['without its secret', { client_secret: '' }, 'invalid_client'],
    ['with a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['without a token', { token: '' }, 'invalid_request'],
    ['with two tokens', { token: ['a', 'b'] }, 'invalid_request'],
    ['with two hints', { token_type_hint: ['a', 'b'] }, 'invalid_request'],
  ])('%s is refused, and nothing ends', async (_what, changes, code) => {
    const token = accessToken();
    await expect(revoke(token, client, changes)).rejects.toMatchObject({ code });
    expect(await isGood(token)).toBe(true);
  });
});
