import { SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { Clock } from '#libs/scheduling';
import { KeyRotation, PublishedKeys } from '#libs/signing-keys';
import { Tenants } from '#libs/tenants';
import { type Upstream, Upstreams, type UpstreamSettings } from '#libs/upstream';
import type { TestApp } from './test-app.js';
import { newTenant } from './tenant-fixture.js';

export const upstreamClient = { clientId: 'partner-client', clientSecret: 'partner-secret' };

/** A tenant with a key that signs, for which it takes the modules of the signing keys. */
export async function createSigningTenant(app: TestApp<Clock>): Promise<TenantId> {
  const createKey = app.get(KeyRotation);
  const { tenant } = await app
    .get(Tenants)
    .create(newTenant(), ({ id }, tx) => createKey.createFirst(id, SYSTEM_ACTOR, tx));
  await app.get(PublishedKeys).sync();
  return tenant.id;
}

/** An upstream of the tenant at `origin`, in the mode `jwt`, known by {@link upstreamClient}. */
export function createUpstream(
  app: TestApp<Clock>,
  tenantId: TenantId,
  origin: string,
  changes: Partial<UpstreamSettings & { name: string }> = {},
): Promise<Upstream> {
  const { name = 'zapier', ...settings } = changes;
  const defaults: UpstreamSettings = {
    title: 'Zapier',
    mode: 'jwt',
    enabled: true,
    apiUrl: origin,
    tokenUrl: `${origin}/oauth/token`,
    authorizeUrl: `${origin}/v2/authorize`,
    connectUrl: `${origin}/connect`,
    jwksUrl: `${origin}/.well-known/jwks.json`,
    clientId: upstreamClient.clientId,
    issuer: 'https://partner.example',
    audience: 'connect.zapier.com',
    userClaim: 'sub',
    orgClaim: 'org_id',
    scopes: ['zap', 'zap:write', 'connection:read', 'connection:write', 'action:run'],
    connect: 'page',
    implicit: false,
    callsPerAddress: 60_000,
    callsPerPartner: 150_000,
    windowSeconds: 60,
  };
  const secret = new Secret(upstreamClient.clientSecret);
  return app.get(Upstreams).put(tenantId, name, { ...defaults, ...settings }, secret);
}
