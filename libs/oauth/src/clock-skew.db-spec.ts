import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, type Client, type DisabledKind, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { Denials, Disabling, OauthModule } from './index.js';
import { RefreshTokens } from './refresh-tokens.store.js';

let database: TestDatabase;
/** Two processes, of which one has its clock ahead. */
let app: TestApp;
let ahead: TestApp;
let tenant: Tenant;
let client: Client;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  ahead = await startTestApp({ databaseUrl: database.url, imports: [OauthModule], keyring: app.keyring });
  ahead.clock.advance(0.25);
});
beforeEach(async () => {
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  const [first] = await app.get(Clients).list(tenant.id);
  if (!first) throw new Error('A tenant has a first client.');
  client = first;
});
afterAll(async () => {
  await ahead?.close();
  await app?.close();
  await database?.drop();
});

const facts = () => ({ clientId: client.clientId, userId, scopes: ['zap'] });
const tokenFrom = (process: TestApp, grantId: string | null = null) =>
  process
    .get(AccessTokens)
    .issue({ ...facts(), tenantId: tenant.id, kind: 'access', origin: null, grantId }, 3600)
    .token.reveal();
const isGood = async (token: string, at: TestApp) => {
  await at.get(Denials).sync();
  return (await at.get(AccessTokens).find(token)) !== null;
};
const newGrant = (process: TestApp) =>
  process.database.transaction(async (tx) => {
    const id = await process.get(AuthorizationGrants).create(tenant.id, facts(), 120, tx);
    return { id, refresh: (await process.get(RefreshTokens).begin(tenant.id, id, tx)).reveal() };
  });
const rotate = (process: TestApp, token: string, refreshGraceSeconds: number) =>
  process
    .get(RefreshTokens)
    .rotate(
      tenant.id,
      token,
      { clientId: client.clientId, refreshGraceSeconds, refreshLifetimeSeconds: null },
      ({ scopes }) => scopes,
    );
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;
async function set(kind: DisabledKind, disabled: boolean): Promise<void> {
  const id = { tenant: tenant.id, client: client.clientId, user: userId }[kind];
  const actor = { name: 'ops', address: null };
  await app.database.transaction((tx) => app.get(Disabling).set(tenant.id, { kind, id, disabled }, actor, tx));
  await app.get(Disabling).takeEffect(tenant.id, kind, id);
}

describe('of a process whose clock is ahead', () => {
  it('a token ends with its grant', async () => {
    const { id } = await newGrant(app);
    const token = tokenFrom(ahead, id);
    await app.get(AuthorizationGrants).revoke(tenant.id, id);
    expect([await isGood(token, app), await isGood(token, ahead)]).toEqual([false, false]);
  });

  it('tokens end when a refresh token is reused', async () => {
    const { refresh } = await newGrant(app);
    const pair = await rotate(ahead, refresh, 30);
    expect(await rotate(app, refresh, 0)).toBeNull();
    expect(await isGood(pair?.access.token.reveal() ?? '', app)).toBe(false);
  });

  it('a token is revoked on its own', async () => {
    const token = tokenFrom(ahead);
    const bearer = await app.get(AccessTokens).find(token);
    if (!bearer) throw new Error('The token is good.');
    await app.database.transaction((tx) => app.get(Denials).end(tenant.id, 'token', bearer.id, bearer.expiresAt, tx));
    expect([await isGood(token, app), await isGood(token, ahead)]).toEqual([false, false]);
  });

  it.each<DisabledKind>(['tenant', 'client', 'user'])(
    'tokens and grants from before a %s was disabled stay dead, however soon it is enabled',
    async (kind) => {
      const [token, { refresh }] = [tokenFrom(ahead), await newGrant(ahead)];
      await set(kind, true);
      await set(kind, false);
      expect([await isGood(token, app), await isLive(refresh)]).toEqual([false, false]);
      await set(kind, true);
      await set(kind, false);
      expect([await isGood(token, app), await isLive(refresh)]).toEqual([false, false]);
    },
  );
});

describe.each<DisabledKind>(['tenant', 'client', 'user'])('once a %s is enabled', (kind) => {
  it('what each process issues that has heard of it is good, whatever its clock says', async () => {
    await set(kind, true);
    await set(kind, false);
    for (const process of [app, ahead]) {
      await process.get(Denials).sync();
      const [token, { refresh }] = [tokenFrom(process), await newGrant(process)];
      expect([await isGood(token, app), await isGood(token, ahead), await isLive(refresh)]).toEqual([true, true, true]);
    }
  });

  it('what was issued since ends when it is disabled once more', async () => {
    await set(kind, true);
    await set(kind, false);
    const [token, { refresh }] = [tokenFrom(app), await newGrant(app)];
    await set(kind, true);
    await set(kind, false);
    expect([await isGood(token, app), await isLive(refresh)]).toEqual([false, false]);
  });
});
