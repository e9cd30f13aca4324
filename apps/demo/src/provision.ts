import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin } from './admin.js';
import { GatehouseError, member, textMember } from './gatehouse-error.js';
import type { Enrolment } from './notes/gatehouse.js';
import { writeAtomically } from './write-atomically.js';

const tenantPath = '/admin/tenants/acme-notes';
const appKey = 'acme-crm';

/** Gatehouse's client at Acme CRM, registered there for this tenant. */
export interface CrmCredentials {
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
}

export interface ProvisionOptions {
  gatehouseUrl: string;
  adminToken: string;
  /** Where the credentials that are shown once are kept, readable by their owner only. */
  dataDir: string;
  notes: { url: string; jwksUri: string };
  crm: { url: string; credentials: CrmCredentials };
}

interface Kept extends Enrolment {
  /** Of what was last set up: nothing is sent again while it stays the same. */
  fingerprint: string;
}

/** Makes Acme Notes a tenant that may use Acme CRM, as an operator would: through the admin API. Safe to repeat. */
export async function provision(options: ProvisionOptions): Promise<Enrolment> {
  const admin = new Admin(options.gatehouseUrl.replace(/\/+$/, ''), options.adminToken);
  const path = join(options.dataDir, 'notes-client.json');
  const document = await fetchDocument(options.crm.url);
  const fingerprint = digest([document, options.crm.credentials, options.notes]);

  const created = await admin.create('/admin/tenants', {
    slug: 'acme-notes',
    name: 'Acme Notes',
    ...settings(options),
  });
  const kept = created === undefined ? readKept(path) : undefined;
  const tenant = created ?? (await admin.get(tenantPath));
  const { clientId, clientSecret } = kept ?? readCredentials(member(created, 'client') ?? (await addClient(admin)));
  const audience = textMember(tenant, 'audience') ?? new URL(options.gatehouseUrl).hostname;
  const enrolment = { clientId, clientSecret, audience };
  // Kept before anything else can fail: a secret that is shown once is lost with this process.
  writeAtomically(path, JSON.stringify({ ...enrolment, fingerprint: kept?.fingerprint ?? '' } satisfies Kept, null, 2));

  if (kept?.fingerprint !== fingerprint || !(await hasApp(admin))) {
    if (textMember(tenant, 'issuer') !== options.notes.url) await admin.patch(tenantPath, settings(options));
    await admin.create('/admin/apps', document);
    await admin.put(`${tenantPath}/apps/${appKey}`, { oauth: oauthClient(options.crm.credentials) });
    writeAtomically(path, JSON.stringify({ ...enrolment, fingerprint } satisfies Kept, null, 2));
  }
  return enrolment;
}

/** The same secret at every start, for both ends. */
export function crmCredentials(dataDir: string, gatehouseUrl: string): CrmCredentials {
  const path = join(dataDir, 'crm-client.json');
  if (!existsSync(path)) {
    writeAtomically(path, JSON.stringify({ clientSecret: randomBytes(32).toString('base64url') }));
  }
  const clientSecret = textMember(JSON.parse(readFileSync(path, 'utf8')), 'clientSecret') ?? '';
  const redirectUri = `${gatehouseUrl.replace(/\/+$/, '')}/connect/callback/acme-notes/${appKey}`;
  return { clientId: 'gatehouse-acme-notes', clientSecret, redirectUris: [redirectUri] };
}

function settings({ notes }: ProvisionOptions): object {
  return {
    issuer: notes.url,
    trust: { jwks_uri: notes.jwksUri },
    origins: [notes.url],
    redirect_uris: [`${notes.url}/connected`],
  };
}

function oauthClient({ clientId, clientSecret }: CrmCredentials): object {
  return { client_id: clientId, client_secret: clientSecret };
}

/** For a tenant that is there although its credentials are not: somebody deleted the file. */
function addClient(admin: Admin): Promise<unknown> {
  return admin.create(`${tenantPath}/clients`, {
    name: 'Acme Notes backend',
    grants: ['token_exchange'],
    scopes: ['profile', 'zap', 'zap:write', 'connection:read', 'connection:write', 'action:run'],
  });
}

function readCredentials(client: unknown): { clientId: string; clientSecret: string } {
  const [clientId, clientSecret] = [textMember(client, 'client_id'), textMember(client, 'client_secret')];
  if (!clientId || !clientSecret) throw new GatehouseError(502, 'Gatehouse answered without client credentials.');
  return { clientId, clientSecret };
}

function readKept(path: string): Omit<Kept, 'audience'> | undefined {
  if (!existsSync(path)) return undefined;
  const { clientId, clientSecret, fingerprint }: Kept = JSON.parse(readFileSync(path, 'utf8'));
  return { clientId, clientSecret, fingerprint };
}

async function hasApp(admin: Admin): Promise<boolean> {
  const answer = await admin.get('/admin/apps');
  const apps = [answer, member(answer, 'apps'), member(answer, 'data')].find(Array.isArray) ?? [];
  return apps.some((app: unknown) => textMember(app, 'key') === appKey);
}

async function fetchDocument(crmUrl: string): Promise<string> {
  const response = await fetch(`${crmUrl}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
  return response.text();
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
