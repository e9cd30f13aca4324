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
import { Client, Clients, type Tenant } from '#libs/tenants';
import { AccessTokens } from './access-tokens.js';
import { issueAccessToken } from './authorization-access-token.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { Denials } from './denials.js';
import { OauthModule } from './oauth.module.js';
import { RefreshTokenGrant } from './refresh-token-grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';

const INVALID = { code: 'invalid_grant' };
const SCOPES = ['zap', 'profile', 'authentication'];

let database: TestDatabase;
/** Two processes. */
let app: TestApp;
let other: TestApp;
let tenant: Tenant;
let client: Client;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = { databaseUrl: database.url, imports: [OauthModule] };
  app = await startTestApp(options);
  other = await startTestApp({ ...options, clock: app.clock, keyring: app.keyring });
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  client = await addClient(tenant);
});
afterAll(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

async function addClient({ id }: Tenant): Promise<Client> {
  const values = { name: 'A', grants: [], scopes: SCOPES, redirectUris: [], isPublic: false };
  return (await app.get(Clients).add(id, values, () => Promise.resolve())).client;
}

/** A new grant and its first refresh token. */
const authorize = () =>
  app.database.transaction(async (tx) => {
    const facts = { clientId: client.clientId, userId, scopes: SCOPES };
    const grantId = await app.get(AuthorizationGrants).create(tenant.id, facts, 120, tx);
    return { grantId, token: (await app.get(RefreshTokens).begin(tenant.id, grantId, tx)).reveal() };
  });

function refresh(token: string, scope?: string, as = client, of = tenant, process = app) {
  const grant = new RefreshTokenGrant(process.get(RefreshTokens), process.clock);
  return grant.handler({ refresh_token: token, ...(scope !== undefined && { scope }) }, { tenant: of, client: as });
}
const next = async (token: string) => (await refresh(token)).refresh_token ?? '';
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;
async function isGood(accessToken: string): Promise<boolean> {
  await app.get(Denials).sync();
  return (await app.get(AccessTokens).find(accessToken)) !== null;
}

describe('a refresh token', () => {
  it('gives a new pair of the same grant, and is spent', async () => {
    const { grantId, token } = await authorize();
    const answer = await refresh(token);
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 36_000, scope: SCOPES.join(' ') });
    expect(await app.get(AccessTokens).find(answer.access_token)).toMatchObject({ grantId, userId, scopes: SCOPES });
    expect([await isLive(token), await isLive(answer.refresh_token ?? '')]).toEqual([false, true]);
  });

  it('has one successor for 50 at once on two processes: all get the same pair', async () => {
    const { token } = await authorize();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(token, undefined, client, tenant, index % 2 ? app : other)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await isLive(answers[0]?.refresh_token ?? '')).toBe(true);
    expect(await isGood(answers[0]?.access_token ?? '')).toBe(true);
  });

  it('has no time limit', async () => {
    const { token } = await authorize();
    app.clock.advance(400 * 86_400);
    await app.get(AuthorizationGrants).deleteExpired(100);
    await app.get(RefreshTokens).deleteExpired(100);
    expect(await refresh(token)).toMatchObject({ expires_in: 36_000 });
  });

  it('again within 30 seconds gives the same pair, which then lives as long as it still has', async () => {
    const { token } = await authorize();
    const first = await refresh(token);
    app.clock.advance(30);
    await app.get(RefreshTokens).deleteExpired(100);
    expect(await refresh(token)).toEqual({ ...first, expires_in: 35_970 });
    expect(await isLive(first.refresh_token ?? '')).toBe(true);
  });

  it('again after 30 seconds ends its family and its access tokens', async () => {
    const { token } = await authorize();
    const first = await refresh(token);
    const second = await refresh(first.refresh_token ?? '');
    expect(await isGood(second.access_token)).toBe(true);
    app.clock.advance(31);
    await expect(refresh(first.refresh_token ?? '')).rejects.toMatchObject(INVALID);
    await expect(refresh(second.refresh_token ?? '')).rejects.toMatchObject(INVALID);
    expect([await isGood(first.access_token), await isGood(second.access_token)]).toEqual([false, false]);
  });

  it('from before the last one ends its family, be it within 30 seconds', async () => {
    const { token } = await authorize();
    const newest = await next(await next(token));
    await expect(refresh(token)).rejects.toMatchObject(INVALID);
    expect(await isLive(newest)).toBe(false);
  });

  it('ends nothing of another grant', async () => {
    const [one, two] = [await authorize(), await authorize()];
    const newest = await next(one.token);
    const kept = await next(two.token);
    app.clock.advance(31);
    await expect(refresh(one.token)).rejects.toMatchObject(INVALID);
    expect([await isLive(newest), await isLive(kept)]).toEqual([false, true]);
  });

  it('is stored as a digest, and its successor for 30 seconds, sealed', async () => {
    const { token } = await authorize();
    const { access_token: access, refresh_token: successor = '' } = await refresh(token);
    const rows = await dumpRows(app.database);
    for (const secret of [token, access, successor]) expect(rows).not.toContain(secret);
    const kept = `SELECT count(*)::int AS kept FROM refresh_tokens WHERE successor IS NOT NULL`;
    expect(await app.database.query(kept)).not.toEqual([{ kept: 0 }]);
    app.clock.advance(31);
    await app.get(RefreshTokens).deleteExpired(100);
    expect(await app.database.query(kept)).toEqual([{ kept: 0 }]);
  });
});

describe('a refresh token is refused to', () => {
  it('another client, and stays good for its own', async () => {
    const { token } = await authorize();
    await expect(refresh(token, undefined, await addClient(tenant))).rejects.toMatchObject(INVALID);
    expect(await isLive(token)).toBe(true);
  });

  it('another client within the grace, and nothing ends by that', async () => {
    const { token } = await authorize();
    const newest = await next(token);
    await expect(refresh(token, undefined, await addClient(tenant))).rejects.toMatchObject(INVALID);
    expect(await isLive(newest)).toBe(true);
  });

  it('a client of another tenant', async () => {
    const { token } = await authorize();
    const elsewhere = await createTenant(app);
    await expect(refresh(token, undefined, await addClient(elsewhere), elsewhere)).rejects.toMatchObject(INVALID);
    await expect(refresh(token, undefined, client, elsewhere)).rejects.toMatchObject(INVALID);
    expect(await isLive(token)).toBe(true);
  });

  it('the client of a disabled user', async () => {
    const { token } = await authorize();
    await app.database.query(`UPDATE users SET disabled_at = $2 WHERE id = $1`, [userId, app.clock.now()]);
    await expect(refresh(token)).rejects.toMatchObject(INVALID);
    await app.database.query(`UPDATE users SET disabled_at = NULL WHERE id = $1`, [userId]);
    expect(await isLive(token)).toBe(true);
  });

  it('its client once the grant is revoked, within the grace too', async () => {
    const { grantId, token } = await authorize();
    const newest = await next(token);
    await app.get(AuthorizationGrants).revoke(tenant.id, grantId);
    await expect(refresh(token)).rejects.toMatchObject(INVALID);
    await expect(refresh(newest)).rejects.toMatchObject(INVALID);
  });
});

describe('the scope of a refresh', () => {
  it('may be narrower for the access token, and is whole again at the next', async () => {
    const { token } = await authorize();
    const narrow = await refresh(token, 'profile');
    expect(narrow.scope).toBe('profile');
    expect((await refresh(narrow.refresh_token ?? '')).scope).toBe(SCOPES.join(' '));
  });

  it('may be spelled the other way', async () => {
    expect((await refresh((await authorize()).token, 'connection:read')).scope).toBe('connection:read');
  });

  it.each(['zap:write', 'everything', 'webhook:read', 'zap zap:write'])('is never wider: %s', async (scope) => {
    const { token } = await authorize();
    await expect(refresh(token, scope)).rejects.toMatchObject({ code: 'invalid_scope' });
    expect(await isLive(token)).toBe(true);
  });

  it('never holds what the client is not registered for any more', async () => {
    const narrowed = Object.assign(new Client(), client, { scopes: ['zap'] });
    expect((await refresh((await authorize()).token, undefined, narrowed)).scope).toBe('zap');
    const { token } = await authorize();
    await expect(refresh(token, 'profile', narrowed)).rejects.toMatchObject({ code: 'invalid_scope' });
  });
});

it('what is issued while a grant is being revoked ends with it', async () => {
  const { grantId } = await authorize();
  const grants = app.get(AuthorizationGrants);
  const { token, revoked } = await app.database.transaction(async (tx) => {
    const grant = await grants.hold(tenant.id, grantId, tx);
    const revoking = grants.revoke(tenant.id, grantId);
    await Promise.race([revoking, untilSomebodyWaits()]);
    app.clock.advance(1);
    if (!grant) throw new Error('The grant is live.');
    return { token: issueAccessToken(app.get(AccessTokens), tenant.id, grant, SCOPES).token, revoked: { revoking } };
  });
  await revoked.revoking;
  expect(await isGood(token.reveal())).toBe(false);
});

async function untilSomebodyWaits(): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await other.database.query(waiting)).length === 0);
}
