import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  createUser,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, type DisabledKind, type Tenant } from '#libs/tenants';
import { AuthorizationEnds } from './authorization-ends.store.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { Consents } from './consents.store.js';
import { Disabling, OauthModule } from './index.js';
import { RefreshTokens } from './refresh-tokens.store.js';

const KINDS: DisabledKind[] = ['tenant', 'client', 'user'];
const MANY = 30_000;

let database: TestDatabase;
let app: TestApp;
let tenant: Tenant;
let clientId: string;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [OauthModule] });
});
beforeEach(async () => {
  tenant = await createTenant(app);
  userId = await createUser(app, tenant.id);
  clientId = (await app.get(Clients).list(tenant.id))[0]?.clientId ?? '';
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const facts = (scopes = ['zap']) => ({ clientId, userId, scopes });
const allow = (scopes?: string[]) =>
  app.database.transaction(async (tx) => {
    await app.get(Consents).give(tenant.id, facts(scopes), tx);
    const grantId = await app.get(AuthorizationGrants).create(tenant.id, facts(scopes), 120, tx);
    return (await app.get(RefreshTokens).begin(tenant.id, grantId, tx)).reveal();
  });
const isLive = async (token: string) => (await app.get(RefreshTokens).find(token))?.isLive;
const isCovered = (scopes?: string[]) => app.get(Consents).cover(tenant.id, facts(scopes));

const withdraw = (client?: string) =>
  app.database.transaction((tx) => app.get(Consents).withdraw(tenant.id, userId, client, tx));

async function set(kind: DisabledKind, disabled: boolean): Promise<void> {
  const id = { tenant: tenant.id, client: clientId, user: userId }[kind];
  const actor = { name: 'ops', address: null };
  await app.database.transaction((tx) => app.get(Disabling).set(tenant.id, { kind, id, disabled }, actor, tx));
  await app.get(Disabling).takeEffect(tenant.id, kind, id);
}
async function cycle(kind: DisabledKind): Promise<void> {
  await set(kind, true);
  app.clock.advance(60);
  await set(kind, false);
  app.clock.advance(60);
}
const rowsOf = async (table: string) =>
  (await app.database.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [tenant.id])).length;
async function sweep(limit: number): Promise<number> {
  let batches = 0;
  while ((await app.get(AuthorizationEnds).deleteExpired(limit)) >= limit) batches += 1;
  return batches;
}

describe.each(KINDS)('a %s that is disabled', (kind) => {
  it('is asked again for what was allowed before, and for no more than is allowed after', async () => {
    await allow(['zap', 'profile']);
    await cycle(kind);
    expect(await isCovered()).toBe(false);
    await allow(['zap']);
    expect([await isCovered(['zap']), await isCovered(['profile'])]).toEqual([true, false]);
  });

  it(`ends ${MANY} grants by writing no row for each`, async () => {
    await app.database.query(
      `INSERT INTO authorization_grants (tenant_id, id, client_id, user_id, scopes, created_at)
       SELECT $1, gen_random_uuid(), $2, $3, '{zap}', $4 FROM generate_series(1, $5::int)`,
      [tenant.id, clientId, userId, app.clock.now(), MANY],
    );
    const before = await app.database.query(
      `SELECT md5(string_agg(xmin::text, '' ORDER BY id)) AS rows FROM authorization_grants WHERE tenant_id = $1`,
      [tenant.id],
    );
    const token = await allow();
    await set(kind, true);
    expect(await isLive(token)).toBe(false);
    const after = await app.database.query(
      `SELECT md5(string_agg(xmin::text, '' ORDER BY id)) AS rows FROM authorization_grants g
        WHERE tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.tenant_id = g.tenant_id AND t.grant_id = g.id)`,
      [tenant.id],
    );
    expect(after).toEqual(before);
    await app.database.query(`DELETE FROM authorization_grants WHERE tenant_id = $1`, [tenant.id]);
  });

  it('has its rows deleted batch by batch, and those from after it is enabled kept', async () => {
    for (let n = 0; n < 5; n += 1) await allow();
    await cycle(kind);
    const kept = await allow();
    expect(await sweep(2)).toBeGreaterThan(2);
    expect(await Promise.all(['authorization_grants', 'refresh_tokens', 'consents'].map(rowsOf))).toEqual([1, 1, 1]);
    expect([await isLive(kept), await isCovered()]).toEqual([true, true]);
    expect(await app.get(AuthorizationEnds).deleteExpired(2)).toBe(0);
  });

  it('takes nothing of its neighbours with it', async () => {
    const mine = [clientId, userId, tenant] as const;
    if (kind === 'tenant') tenant = await createTenant(app);
    if (kind !== 'client') userId = await createUser(app, tenant.id);
    if (kind !== 'user') {
      const values = { name: randomUUID(), grants: [], scopes: [], redirectUris: [], isPublic: false };
      clientId = (await app.get(Clients).add(tenant.id, values, () => Promise.resolve())).client.clientId;
    }
    const token = await allow();
    const theirs = [clientId, userId, tenant] as const;
    [clientId, userId, tenant] = mine;
    await allow();
    await cycle(kind);
    [clientId, userId, tenant] = theirs;
    await sweep(10);
    expect([await isLive(token), await isCovered()]).toEqual([true, true]);
  });
});

describe('a consent that is withdrawn', () => {
  it('is asked for again, by every client or by one', async () => {
    await allow();
    expect([await withdraw('gate_client_other'), await isCovered()]).toEqual([0, true]);
    expect([await withdraw(clientId), await isCovered()]).toEqual([1, false]);
    await allow();
    expect([await withdraw(), await isCovered()]).toEqual([1, false]);
  });

  it('goes when its client revokes what came of it, and not when it does so once more', async () => {
    const token = await allow();
    const found = await app.get(RefreshTokens).find(token);
    await app.get(AuthorizationGrants).revoke(tenant.id, found?.grantId ?? '');
    expect(await isCovered()).toBe(false);
    await allow();
    await app.get(AuthorizationGrants).revoke(tenant.id, found?.grantId ?? '');
    expect(await isCovered()).toBe(true);
  });
});
