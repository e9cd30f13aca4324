import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM_ACTOR } from '#libs/audit';
import { CatalogModule, Apps, TenantCatalog } from '#libs/catalog';
import { Connections, ConnectionsModule } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { SystemClock } from '#libs/scheduling';
import { createTenant, createUser, queryOnce, startTestApp, RotatingProvider, type MintedGrant } from '#libs/testing';
import { INSPECTABLE, inspectChild } from './inspector.js';
import type { Runner } from './measure.js';
import { cpuMicroseconds } from './processor-time.js';
import type { Suite } from './suite.js';

/** As many refreshes as a worker has under way at once. */
const AT_ONCE = 192;
/** A worker gives one tenant a quarter of that: so many fill it. */
const TENANTS = 4;
/** The token lives so short that it is due again after the five seconds that are the least. More connections than a worker gets through in that time. */
const TOKEN_SECONDS = 10;
const CONNECTIONS = 9000;
const SEEDED_AT_ONCE = 8;
const CLEARING_MILLISECONDS = 1000;
const LOOK_MILLISECONDS = 10;

/** A worker that has more to refresh than it can, against the same provider asked directly, by as many at once: its ceiling. */
export const vaultRefresh: Suite = {
  async prepare(bench, { profile }) {
    const databaseUrl = await bench.database();
    bench.progress('starting oidc-provider');
    const provider = await bench.hold(startProvider, (held) => held.close());
    const key = randomBytes(32);
    bench.progress(`connecting ${CONNECTIONS} accounts`);
    await seed(databaseUrl, key, provider);
    const direct = await provider.mint(CONNECTIONS);
    const env = {
      ROLES: 'worker',
      VAULT_KEYRING: `k1:${key.toString('base64')}`,
      DATA_DIR: bench.folder('worker'),
      EGRESS_ALLOW: '127.0.0.0/8',
      ...(profile && INSPECTABLE),
    };
    const worker = await bench.process({ databaseUrl, env });
    const ours = refreshing(databaseUrl, provider, worker.pid);
    const baselines = { 'the provider, asked directly': asking(provider, direct) };
    const measures = [{ name: 'refresh by one worker', unit: 'refreshes', ours, baselines }];
    return { measures, inspect: () => inspectChild(worker.logs()) };
  },
};

function startProvider(): Promise<RotatingProvider> {
  return RotatingProvider.start({ accessTokenSeconds: TOKEN_SECONDS });
}

/**
 * What is stored counts, from when the worker is at it: it looks for what is due once a second. Between runs nothing is due, so that it does not
 * work while the provider is asked directly.
 */
function refreshing(databaseUrl: string, provider: RotatingProvider, pid: number): Runner {
  let looked = 0;
  return async (seconds) => {
    await allDue(databaseUrl);
    await someAreTaken(databaseUrl);
    const before = await storedRefreshes(databaseUrl);
    const cpuBefore = await cpuMicroseconds(pid);
    const begin = performance.now();
    await delay(seconds * 1000);
    const stored = (await storedRefreshes(databaseUrl)) - before;
    const elapsedSeconds = (performance.now() - begin) / 1000;
    const cpuAfter = await cpuMicroseconds(pid);
    await rest(databaseUrl);
    const requests = await provider.requests();
    const refused = requests.slice(looked).find(({ outcome }) => outcome !== 'issued');
    looked = requests.length;
    if (refused) throw new Error(`A refresh was answered ${refused.outcome}.`);
    return {
      perSecond: stored / elapsedSeconds,
      ...(cpuBefore !== undefined && cpuAfter !== undefined && { cpuMicroseconds: (cpuAfter - cpuBefore) / stored }),
    };
  };
}

/** In a moment: until then what this leaves behind is cleared away, as autovacuum does in the course of a day. */
async function allDue(databaseUrl: string): Promise<void> {
  await queryOnce(databaseUrl, `UPDATE connections SET due_at = $1`, [new Date(Date.now() + CLEARING_MILLISECONDS)]);
  await queryOnce(databaseUrl, `VACUUM ANALYZE connections, vault_secrets`);
}

async function someAreTaken(databaseUrl: string): Promise<void> {
  for (;;) {
    const taken = await queryOnce(databaseUrl, `SELECT 1 FROM connections WHERE lease_owner IS NOT NULL LIMIT 1`);
    if (taken.length > 0) return;
    await delay(LOOK_MILLISECONDS);
  }
}

/** Each raises the version of a connection's credentials by one. */
async function storedRefreshes(databaseUrl: string): Promise<number> {
  const [row] = await queryOnce(
    databaseUrl,
    `SELECT sum(version)::int AS versions FROM vault_secrets WHERE kind = 'connection'`,
  );
  return Number(row?.versions);
}

/** What is in flight makes itself due again. */
async function rest(databaseUrl: string): Promise<void> {
  for (;;) {
    await queryOnce(
      databaseUrl,
      `UPDATE connections SET due_at = NULL WHERE due_at IS NOT NULL AND lease_until IS NULL`,
    );
    const left = await queryOnce(databaseUrl, `SELECT 1 FROM connections WHERE due_at IS NOT NULL LIMIT 1`);
    if (left.length === 0) return;
  }
}

/** Each lane has grants of its own, and keeps the newest token of each. */
function asking(provider: RotatingProvider, grants: MintedGrant[]): Runner {
  return async (seconds) => {
    const end = performance.now() + seconds * 1000;
    const begin = performance.now();
    let [done, next] = [0, 0];
    const lane = async () => {
      while (performance.now() < end) {
        const grant = grants[next++ % grants.length];
        if (!grant) throw new Error('There is no grant.');
        grant.refreshToken = await refresh(provider, grant.refreshToken);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return { perSecond: done / ((performance.now() - begin) / 1000) };
  };
}

async function refresh({ origin, clientId, clientSecret }: RotatingProvider, refreshToken: string): Promise<string> {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
    client_secret: clientSecret,
  };
  const response = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const answer = (await response.json()) as { refresh_token?: string };
  if (!response.ok || !answer.refresh_token) throw new Error(`The provider answered ${response.status}.`);
  return answer.refresh_token;
}

async function seed(databaseUrl: string, key: Buffer, provider: RotatingProvider): Promise<void> {
  await using app = await startTestApp({
    databaseUrl,
    keyring: [{ id: 'k1', key }],
    imports: [CatalogModule, ConnectionsModule],
    clock: new SystemClock(),
  });
  const { clientId, clientSecret } = provider;
  const { app: registered } = await app
    .get(Apps)
    .register(JSON.stringify(documentOf(provider.origin)), 'admin', SYSTEM_ACTOR);
  const oauth = { clientId, clientSecret: new Secret(clientSecret) };
  const grants = await provider.mint(CONNECTIONS);
  for (let tenant = 0; tenant < TENANTS; tenant += 1) {
    const { id: tenantId } = await createTenant(app);
    const userId = await createUser(app, tenantId);
    await app.get(TenantCatalog).configure(tenantId, registered.key, { oauth });
    const connect = async () => {
      for (let grant = own.pop(); grant; grant = own.pop()) {
        const account = { id: null, title: null };
        const values = { userId, appId: registered.id, title: 'Bench', status: 'connected' as const, account };
        await app.get(Connections).establish(tenantId, { ...values, credentials: credentialsOf(grant) }, null);
      }
    };
    const own = grants.splice(0, CONNECTIONS / TENANTS);
    await Promise.all(Array.from({ length: SEEDED_AT_ONCE }, connect));
  }
  // As autovacuum leaves tables that were not filled a moment ago.
  await queryOnce(databaseUrl, `ANALYZE`);
}

function credentialsOf({ accessToken, refreshToken }: MintedGrant) {
  const now = Date.now();
  return new Secret({
    kind: 'oauth2' as const,
    accessToken,
    refreshToken,
    scopes: ['things'],
    obtainedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + TOKEN_SECONDS * 1000).toISOString(),
  });
}

function documentOf(origin: string): object {
  const urls = { authorizationUrl: `${origin}/auth`, tokenUrl: `${origin}/token` };
  const flows = { authorizationCode: { ...urls, scopes: { things: 'Your things' } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Bench', version: '1' },
    servers: [{ url: origin }],
    security: [{ account: ['things'] }],
    components: { securitySchemes: { account: { type: 'oauth2', flows } } },
    paths: { '/things': { get: { operationId: 'things', responses: { 200: { description: 'Things' } } } } },
  };
}
