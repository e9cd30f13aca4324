import { randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { TenantId } from '#libs/database';
import type { Clock } from '#libs/scheduling';
import { PublishedKeys } from '#libs/signing-keys';
import { Users } from '#libs/tenants';
import { newId } from '#libs/database';
import type { TenantAppView } from '#libs/catalog';
import { readApp, UpstreamApps, UpstreamLists, type Upstream, type UpstreamSettings } from '#libs/upstream';
import type { TestApp } from './test-app.js';
import { createSigningTenant, createUpstream, upstreamClient } from './upstream-fixture.js';
import type { ZapierEmulator } from './zapier-emulator/emulator.js';

/** A tenant that is a partner of the emulator's, whose upstream it is. */
export interface EmulatorTenant {
  tenantId: TenantId;
  upstream: Upstream;
}

/** Each such tenant is a partner of its own. The app's clock has to say the time. */
export async function enrolAtEmulator(
  app: TestApp<Clock>,
  emulator: ZapierEmulator,
  changes: Partial<UpstreamSettings & { name: string }> = {},
): Promise<EmulatorTenant> {
  const tenantId = await createSigningTenant(app);
  const keys = await app.get(PublishedKeys).byTenant(tenantId);
  const jwks = JSON.parse(keys?.body ?? '{}') as JSONWebKeySet;
  const clientId = `partner-${randomUUID()}`;
  const { clientSecret } = upstreamClient;
  await emulator.ask('register', { clientId, clientSecret, issuer: 'https://partner.example', jwksUri: null, jwks });
  const { tokenUrl, authorizeUrl, connectUrl, jwksUrl } = emulator;
  const settings = { clientId, tokenUrl, authorizeUrl, connectUrl, jwksUrl };
  const upstream = await createUpstream(app, tenantId, emulator.origin, { ...settings, ...changes });
  return { tenantId, upstream };
}

/** @returns how the emulator knows a user of ours */
export async function emulatorUser(app: TestApp<Clock>, { tenantId, upstream }: EmulatorTenant, userId: string) {
  const user = await app.get(Users).find(tenantId, userId);
  if (!user) throw new Error('There is no such user.');
  return { client: upstream.clientId, org: user.org, sub: user.subject };
}

/** An app of the emulator's, as a reading of its list leaves it. */
export async function copyEmulatorApp(
  app: TestApp<Clock>,
  { tenantId, upstream }: EmulatorTenant,
  title: string,
): Promise<TenantAppView> {
  const request = { path: '/v2/apps', query: { query: title }, urgency: 'worker' } as const;
  const [item = {}] = await app.get(UpstreamLists).all(upstream, null, request);
  const remote = readApp(item);
  if (!remote) throw new Error(`The emulator has no app ${title}.`);
  const id = newId();
  await app.database.query(
    `INSERT INTO upstream_apps (tenant_id, id, upstream_id, remote_id, key, remote_key, title, description, image, categories, action_types, seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '', NULL, '{}', '{}', $8)`,
    [tenantId, id, upstream.id, remote.id, `${upstream.name}.${remote.key}`, remote.key, remote.title, app.clock.now()],
  );
  const view = await app.get(UpstreamApps).find(tenantId, id);
  if (!view) throw new Error(`${title} is not offered.`);
  return view;
}
