import { randomUUID } from 'node:crypto';
import type { TenantId } from '#libs/database';
import { type NewTenant, type Tenant, Tenants, Users } from '#libs/tenants';
import type { Clock } from '#libs/scheduling';
import type { TestApp } from './test-app.js';

/** A tenant that may do everything, with a slug of its own. */
export function newTenant(changes: Partial<NewTenant> = {}): NewTenant {
  const slug = `tenant-${randomUUID()}`;
  return {
    slug,
    name: 'Acme Notes',
    issuer: `https://${slug}.example`,
    audience: 'http://localhost:3000',
    userClaim: 'sub',
    orgClaim: 'org_id',
    maxTokenAgeSeconds: 300,
    jtiPolicy: 'optional',
    runRetentionDays: 7,
    connectPolicy: 'strict',
    redirectUris: [`https://${slug}.example/connected`],
    origins: [`https://${slug}.example`],
    loginUrl: null,
    ...changes,
  };
}

export async function createTenant(app: TestApp<Clock>, changes: Partial<NewTenant> = {}): Promise<Tenant> {
  const { tenant } = await app.get(Tenants).create(newTenant(changes), () => Promise.resolve());
  return tenant;
}

/** @returns the id of a user whom nobody knew before */
export function createUser(app: TestApp<Clock>, tenantId: TenantId): Promise<string> {
  return app.get(Users).findOrCreate(tenantId, 'org-1', randomUUID());
}
