import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { AdoptedApps, CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { PublishedKeys, SigningKeysModule } from '#libs/signing-keys';
import { Users } from '#libs/tenants';
import { UpstreamModule, type UpstreamSettings } from '#libs/upstream';
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
    newOwner: (title = 'slack', changes = {}) => newOwner(app, emulator, title, changes),
    close: async () => {
      await app.close();
      await emulator.close();
      await database.drop();
    },
  };
}

async function newOwner(
  app: TestApp,
  emulator: ZapierEmulator,
  title: string,
  changes: Partial<UpstreamSettings>,
): Promise<UpstreamOwner> {
  const remote = findApp(title);
  if (!remote) throw new Error(`The emulator has no app ${title}.`);
  const tenantId = await createSigningTenant(app);
  const clientId = `client-${tenantId}`;
  const published = await app.get(PublishedKeys).byTenant(tenantId);
  const jwks = JSON.parse(published?.body ?? '{}') as { keys: [] };
  await emulator.ask('register', { ...upstreamClient, clientId, issuer: 'https://partner.example', jwks });
  const { apiUrl, tokenUrl, jwksUrl } = emulator;
  const place = { apiUrl, tokenUrl, jwksUrl, clientId };
  const upstream = await createUpstream(app, tenantId, emulator.origin, { ...place, ...NO_LIMITS, ...changes });
  const userId = await createUser(app, tenantId);
  const user = await app.get(Users).find(tenantId, userId);
  const name = { org: user?.org ?? '', sub: user?.subject ?? '', client: clientId };
  const appId = randomUUID();
  const key = `${upstream.name}.${remote.slug}`;
  const security = { kind: 'upstream' as const, upstreamId: upstream.id, remoteId: remote.id, remoteKey: remote.key };
  const about = { description: '', image: null, categories: [], serverUrl: apiUrl, identity: null, actionTypes: [] };
  await app.get(AdoptedApps).adopt(tenantId, { id: appId, summary: { key, title: remote.title, security, ...about } });
  const owner = { tenantId, userId, appId };
  const remoteConnectionId = await emulator.ask('connect', { user: name, app: remote.key });
  const connectionId = await establishConnection(app, owner, { kind: 'upstream', id: remoteConnectionId });
  return { ...owner, connectionId, remoteConnectionId, clientId, name };
}
