import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  createUser,
  dumpRows,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { type Client, Clients, type Tenant } from '#libs/tenants';
import { AuthorizationApproval } from './authorization-approval.js';
import { AuthorizationModule } from './authorization.module.js';
import { AuthorizationRequests, type SignedInRequest } from './authorization-requests.store.js';
import { ConsentStep } from './consent-step.js';
import { Consents } from './consents.store.js';

const REDIRECT_URI = 'https://app.example/callback';

let database: TestDatabase;
let app: TestApp;
let requests: AuthorizationRequests;
let tenant: Tenant;
let client: Client;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [AuthorizationModule] });
  requests = app.get(AuthorizationRequests);
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  client = await addClient(tenant);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function addClient({ id }: Tenant): Promise<Client> {
  const values = {
    name: 'A',
    grants: ['authorization_code' as const],
    scopes: ['zap', 'profile', 'authentication'],
    redirectUris: [REDIRECT_URI],
    isPublic: false,
  };
  return (await app.get(Clients).add(id, values, () => Promise.resolve())).client;
}

const begin = (scopes = ['zap']) =>
  requests.begin(tenant.id, {
    clientId: client.clientId,
    responseType: 'code',
    redirectUri: REDIRECT_URI,
    redirectUriGiven: true,
    scopes,
    state: null,
    codeChallenge: null,
    consentForced: false,
  });
async function signedIn(scopes?: string[]): Promise<{ request: SignedInRequest; cookie: string }> {
  const { id, cookie } = await begin(scopes);
  await requests.signIn(tenant.id, id, userId);
  const request = await requests.ofBrowser(id, cookie);
  if (!request) throw new Error('The request is signed in.');
  return { request, cookie };
}
const atOnce = <T>(work: () => Promise<T>) => Promise.allSettled(Array.from({ length: 20 }, work));
const counted = async (table: string) =>
  (await app.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`))[0]?.count;

describe('an authorization request', () => {
  it('gets its user by exactly one of 20 at once', async () => {
    const { id } = await begin();
    const signed = await atOnce(() => requests.signIn(tenant.id, id, userId));
    expect(signed.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(1);
  });

  it('is answered by exactly one of 20 at once, with one code of one grant', async () => {
    const { request } = await signedIn();
    const [codes = 0, grants = 0] = [await counted('authorization_codes'), await counted('authorization_grants')];
    const answers = await atOnce(() => app.get(AuthorizationApproval).approve(request, true));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect([await counted('authorization_codes'), await counted('authorization_grants')]).toEqual([
      codes + 1,
      grants + 1,
    ]);
  });

  it('is not found any more once it has a user, nor before it has one', async () => {
    const { id, challenge, cookie } = await begin();
    expect(await requests.ofChallenge(challenge)).toMatchObject({ id, userId: null });
    expect(await requests.ofBrowser(id, cookie)).toBeNull();
    await requests.signIn(tenant.id, id, userId);
    expect(await requests.ofChallenge(challenge)).toBeNull();
    expect(await requests.ofBrowser(id, cookie)).toMatchObject({ id, userId });
  });

  it('lasts ten minutes', async () => {
    const [waiting, { request, cookie }] = [await begin(), await signedIn()];
    app.clock.advance(600);
    expect(await requests.ofChallenge(waiting.challenge)).toBeNull();
    expect(await requests.signIn(tenant.id, waiting.id, userId)).toBe(false);
    expect(await requests.ofBrowser(request.id, cookie)).toBeNull();
    expect(await requests.end(tenant.id, request.id)).toBe(false);
    app.clock.advance(1);
    await requests.deleteExpired(100);
    expect(await counted('authorization_requests')).toBe(0);
  });

  it("is nobody else's: another tenant's, or found by the cookie of another request", async () => {
    const elsewhere = await createTenant(app);
    const { request } = await signedIn();
    const { cookie: another } = await signedIn();
    expect(await requests.ofBrowser(request.id, another)).toBeNull();
    expect(await requests.ofBrowser(request.id, undefined)).toBeNull();
    expect(await requests.ofBrowser('no-uuid', another)).toBeNull();
    expect(await requests.signIn(elsewhere.id, (await begin()).id, userId)).toBe(false);
    expect(await requests.end(elsewhere.id, request.id)).toBe(false);
  });

  it('is stored without its challenge and its cookie', async () => {
    const { challenge, cookie } = await begin();
    const rows = await dumpRows(app.database);
    for (const secret of [challenge, cookie]) expect(rows).not.toContain(secret);
  });
});

describe('a consent', () => {
  it('covers what was given so far, in either spelling, by this user to this client', async () => {
    const facts = { clientId: client.clientId, userId: await createUser(app, tenant.id), scopes: ['zap'] };
    const give = (scopes: string[]) =>
      app.database.transaction((tx) => app.get(Consents).give(tenant.id, { ...facts, scopes }, tx));
    const covers = (scopes: string[], changes: object = {}, of = tenant) =>
      app.get(Consents).cover(of.id, { ...facts, scopes, ...changes });
    expect(await covers(['zap'])).toBe(false);
    await give(['zap', 'authentication']);
    await give(['profile']);
    expect(await covers(['profile', 'zap', 'connection:read'])).toBe(true);
    expect(await covers(['zap', 'zap:write'])).toBe(false);
    expect(await covers(['zap'], { userId: await createUser(app, tenant.id) })).toBe(false);
    expect(await covers(['zap'], { clientId: (await addClient(tenant)).clientId })).toBe(false);
    expect(await covers(['zap'], {}, await createTenant(app))).toBe(false);
  });

  it('is not asked for what the client is not registered for any more', async () => {
    const { request, cookie } = await signedIn(['zap', 'profile']);
    await app.get(Clients).update(tenant.id, client.clientId, { scopes: ['profile'] }, () => Promise.resolve());
    app.clock.advance(1);
    expect(await app.get(ConsentStep).open(request.id, cookie)).toMatchObject({ request: { scopes: ['profile'] } });
  });
});
