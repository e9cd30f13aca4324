import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, Tenants, Users, type DisabledKind, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { ClientDirectory, Denials, Disabling, OauthModule } from './index.js';

let database: TestDatabase;
let app: TestApp;
/** Another process, at the same time. */
let other: TestApp;
let tenant: Tenant;
let clientId: string;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
  const { clock, keyring } = app;
  other = await startTestApp({ databaseUrl: database.url, imports: [OauthModule], clock, keyring });
});
beforeEach(async () => {
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  clientId = (await app.get(Clients).list(tenant.id))[0]?.clientId ?? '';
});
afterAll(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

const actor = { name: 'ops', address: null };
const idOf = (kind: DisabledKind) => ({ tenant: tenant.id, client: clientId, user: userId })[kind];

async function set(kind: DisabledKind, disabled: boolean): Promise<void> {
  const id = idOf(kind);
  const disabling = app.get(Disabling);
  await app.database.transaction((tx) => disabling.set(tenant.id, { kind, id, disabled }, actor, tx));
  await disabling.takeEffect(tenant.id, kind, id);
}

function newToken(): string {
  const tokens = app.get(AccessTokens);
  const ofUser = { tenantId: tenant.id, clientId, userId, scopes: ['zap'], origin: null, grantId: null };
  return tokens.issue({ ...ofUser, kind: 'access' }, 3600).token.reveal();
}
const isGood = async (token: string, where = app) => (await where.get(AccessTokens).find(token)) !== null;

const newRefreshToken = () =>
  app.database.transaction(async (tx) => {
    const facts = { clientId, userId, scopes: ['zap'] };
    const grantId = await app.get(AuthorizationGrants).create(tenant.id, facts, 120, tx);
    return (await app.get(RefreshTokens).begin(tenant.id, grantId, tx)).reveal();
  });
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;

const disabledAt = async () => ({
  tenant: (await app.get(Tenants).byId(tenant.id))?.disabledAt,
  client: (await app.get(Clients).find(tenant.id, clientId))?.disabledAt,
  user: (await app.get(Users).find(tenant.id, userId))?.disabledAt,
});

describe.each<DisabledKind>(['tenant', 'client', 'user'])('a disabled %s', (kind) => {
  it('ends its tokens here at once, and elsewhere when it is read', async () => {
    const token = newToken();
    await set(kind, true);
    expect(await isGood(token)).toBe(false);
    await other.get(Denials).sync();
    expect(await isGood(token, other)).toBe(false);
    // One that a process issues before it has heard of it.
    app.clock.advance(1);
    expect(await isGood(newToken())).toBe(false);
  });

  it('enabled again may have new tokens, and those from before stay dead', async () => {
    const [access, refresh] = [newToken(), await newRefreshToken()];
    await set(kind, true);
    app.clock.advance(60);
    const between = newToken();
    await set(kind, false);
    app.clock.advance(60);
    expect(await isGood(access)).toBe(false);
    expect(await isGood(between)).toBe(false);
    expect(await isLive(refresh)).toBe(false);
    expect(await isGood(newToken())).toBe(true);
    expect(await isLive(await newRefreshToken())).toBe(true);
  });

  it('takes with it a grant that a process made before it had heard of it', async () => {
    await set(kind, true);
    const refresh = await newRefreshToken();
    await set(kind, false);
    expect(await isLive(refresh)).toBe(false);
  });

  it('is disabled with its denial, or not at all', async () => {
    const token = newToken();
    const id = idOf(kind);
    const undone = app.database.transaction(async (tx) => {
      await app.get(Disabling).set(tenant.id, { kind, id, disabled: true }, actor, tx);
      throw new Error('something else failed');
    });
    await expect(undone).rejects.toThrow('something else failed');
    await app.get(Denials).sync();
    expect(await isGood(token)).toBe(true);
    expect(await disabledAt()).toEqual({ tenant: null, client: null, user: null });
  });

  it('has it on record once, with who did it', async () => {
    await set(kind, true);
    await set(kind, true);
    await set(kind, false);
    const entries = await app.get(Audit).list(tenant.id, { limit: 10 });
    expect(entries.map(({ action, actor: who }) => [action, who])).toEqual([
      [`${kind}.enabled`, 'ops'],
      [`${kind}.disabled`, 'ops'],
    ]);
  });
});

describe('enabling what is enabled', () => {
  it.each<DisabledKind>(['tenant', 'client', 'user'])('ends nothing of the %s', async (kind) => {
    const [access, refresh] = [newToken(), await newRefreshToken()];
    await set(kind, false);
    expect(await isGood(access)).toBe(true);
    expect(await isLive(refresh)).toBe(true);
  });
});

describe('disabling one', () => {
  it('leaves the others alone', async () => {
    const token = newToken();
    const neighbour = await createUser(app, tenant.id);
    await app.database.transaction((tx) =>
      app.get(Disabling).set(tenant.id, { kind: 'user', id: neighbour, disabled: true }, actor, tx),
    );
    await app.get(Denials).sync();
    expect(await isGood(token)).toBe(true);
  });

  it.each<DisabledKind>(['client', 'user'])('of another tenant does nothing: %s', async (kind) => {
    const token = newToken();
    const { id: elsewhere } = await createTenant(app);
    await app.database.transaction((tx) =>
      app.get(Disabling).set(elsewhere, { kind, id: idOf(kind), disabled: true }, actor, tx),
    );
    await app.get(Denials).sync();
    expect(await isGood(token)).toBe(true);
    expect(await app.get(Audit).list(elsewhere, { limit: 10 })).toEqual([]);
  });
});

describe('the directory of clients', () => {
  it.each<DisabledKind>(['tenant', 'client'])('forgets a client with its %s, here at once', async (kind) => {
    const directory = app.get(ClientDirectory);
    expect(await directory.find(clientId)).toMatchObject({ client: { clientId }, tenant: { id: tenant.id } });
    await set(kind, true);
    expect(await directory.find(clientId)).toBeNull();
    await set(kind, false);
    expect(await directory.find(clientId)).toMatchObject({ client: { clientId } });
  });

  it.each<DisabledKind>(['tenant', 'client'])('of another process does so within a second: %s', async (kind) => {
    const directory = other.get(ClientDirectory);
    expect(await directory.find(clientId)).not.toBeNull();
    await set(kind, true);
    // Without that second it may believe what it read.
    expect(await directory.find(clientId)).not.toBeNull();
    app.clock.advance(0.999);
    expect(await directory.find(clientId)).toBeNull();
  });

  it('knows no id that is none of ours', async () => {
    expect(await app.get(ClientDirectory).find('x')).toBeNull();
    expect(await app.get(ClientDirectory).find(`${clientId.slice(0, -2)}xx`)).toBeNull();
  });
});
