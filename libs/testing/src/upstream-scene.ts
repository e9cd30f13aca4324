import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { AdoptedApps, CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import type { TenantId } from '#libs/database';
import type { Clock } from '#libs/scheduling';
import { PublishedKeys, SigningKeysModule } from '#libs/signing-keys';
import { Users } from '#libs/tenants';
import { type Upstream, UpstreamModule, type UpstreamSettings } from '#libs/upstream';
import { type ConnectionOwner, establishConnection } from './connection-fixture.js';
import { createUser } from './tenant-fixture.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestDatabase } from './test-database.js';
import { createSigningTenant, createUpstream, upstreamClient } from './upstream-fixture.js';
import { findApp } from './zapier-emulator/catalog.js';
import { ZapierEmulator } from './zapier-emulator/emulator.js';
import type { EmulatorSettings } from './zapier-emulator/settings.js';

/** Somebody with an account at an app that comes through the emulator. */
export interface UpstreamOwner extends ConnectionOwner {
  /** Of the account. */
  connectionId: string;
  /** What the emulator calls it. */
  remoteConnectionId: string;
  /** Of the tenant at the emulator. */
  clientId: string;
  /** As the emulator's log names the user. */
  name: { org: string; sub: string; client: string };
}

/** The service and an emulator of Zapier as its tenants' upstream, over a database of their own. */
export interface UpstreamScene {
  app: TestApp;
  emulator: ZapierEmulator;
  /** For both. */
  advance(seconds: number): Promise<void>;
  startAnother(): Promise<TestApp>;
  /** A new tenant with the upstream, and a user of it. @param title of the app at the emulator */
  newOwner(title?: string, settings?: Partial<UpstreamSettings>): Promise<UpstreamOwner>;
  close(): Promise<void>;
}

/** Nobody waits for the emulator's limits, unless a test is about them. */
const NO_LIMITS = { callsPerAddress: 1_000_000, callsPerPartner: 1_000_000 };

export async function startUpstreamScene(
  imports: Type[],
  settings: Partial<EmulatorSettings> = {},
): Promise<UpstreamScene> {
  const database = await createTestDatabase();
  const emulator = await ZapierEmulator.start({ settings });
  const modules = [CatalogModule, ConnectionsModule, SigningKeysModule, UpstreamModule, ...imports];
  const options = { databaseUrl: database.url, imports: modules };
  const app = await startTestApp(options);
  const setTime = () => emulator.ask('setTime', { at: app.clock.now().toISOString() });
  await setTime();
  return {
    app,
    emulator,
    advance: (seconds) => {
      app.clock.advance(seconds);
      return setTime();
    },
    startAnother: () => startTestApp({ ...options, clock: app.clock, keyring: app.keyring }),
    newOwner: async (title = 'slack', changes = {}) => {
      const tenant = await newUpstreamTenant(app, emulator, changes);
      const appId = await adoptApp(app, tenant, title);
      return newUpstreamOwner(app, emulator, tenant, { appId, title });
    },
    close: async () => {
      await app.close();
      await emulator.close();
      await database.drop();
    },
  };
}

/** A tenant that the emulator knows as its partner. */
export interface UpstreamTenant {
  tenantId: TenantId;
  clientId: string;
  upstream: Upstream;
}

/** @param known a tenant that there is, with a key that signs */
export async function newUpstreamTenant(
  app: TestApp<Clock>,
  emulator: ZapierEmulator,
  changes: Partial<UpstreamSettings> = {},
  known?: TenantId,
): Promise<UpstreamTenant> {
  const tenantId = known ?? (await createSigningTenant(app));
  if (known) await app.get(PublishedKeys).sync();
  const clientId = `client-${tenantId}`;
  const published = await app.get(PublishedKeys).byTenant(tenantId);
  const jwks = JSON.parse(published?.body ?? '{}') as { keys: [] };
  await emulator.ask('register', { ...upstreamClient, clientId, issuer: 'https://partner.example', jwks });
  const { apiUrl, tokenUrl, jwksUrl } = emulator;
  const place = { apiUrl, tokenUrl, jwksUrl, clientId };
  const upstream = await createUpstream(app, tenantId, emulator.origin, { ...place, ...NO_LIMITS, ...changes });
  return { tenantId, clientId, upstream };
}

/** @param title of an app of the emulator's @returns the id of it as an app of the tenant's */
export async function adoptApp(app: TestApp<Clock>, { upstream }: UpstreamTenant, title: string): Promise<string> {
  const remote = remoteApp(title);
  const id = randomUUID();
  const security = { kind: 'upstream' as const, upstreamId: upstream.id, remoteId: remote.id, remoteKey: remote.key };
  const about = { description: '', image: null, categories: [], identity: null, actionTypes: [] };
  const named = { key: `${upstream.name}.${remote.slug}`, title: remote.title, serverUrl: upstream.apiUrl };
  await app.get(AdoptedApps).adopt(upstream.tenantId, { id, summary: { ...named, ...about, security } });
  return id;
}

/** A user of the tenant, by default a new one, with an account at the app. */
export async function newUpstreamOwner(
  app: TestApp<Clock>,
  emulator: ZapierEmulator,
  { tenantId, clientId }: UpstreamTenant,
  { appId, title, userId: known }: { appId: string; title: string; userId?: string },
): Promise<UpstreamOwner> {
  const userId = known ?? (await createUser(app, tenantId));
  const user = await app.get(Users).find(tenantId, userId);
  const name = { org: user?.org ?? '', sub: user?.subject ?? '', client: clientId };
  const owner = { tenantId, userId, appId };
  const remoteConnectionId = await emulator.ask('connect', { user: name, app: remoteApp(title).key });
  const connectionId = await establishConnection(app, owner, { kind: 'upstream', id: remoteConnectionId });
  return { ...owner, connectionId, remoteConnectionId, clientId, name };
}

function remoteApp(title: string) {
  const remote = findApp(title);
  if (!remote) throw new Error(`The emulator has no app ${title}.`);
  return remote;
}
