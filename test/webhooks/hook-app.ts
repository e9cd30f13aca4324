import { createTestDatabase, type ServiceOptions, type ServiceProcess, startService } from '#libs/testing';
import { randomBytes } from 'node:crypto';
import type { Answer } from '../main-job/answer.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

const APP = 'notes-by-key';

/** The built service, one process that answers requests and others that work, and a partner that listens to it. */
export class HookApp {
  private constructor(
    private readonly service: Omit<ServiceOptions, 'script'> & { env: Record<string, string> },
    private readonly cleanUp: () => Promise<void>,
    readonly gatehouse: Gatehouse,
    readonly partner: Partner,
    readonly token: string,
  ) {}

  static async start(roles = 'api'): Promise<HookApp> {
    const database = await createTestDatabase();
    const env = {
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      RATE_LIMITS: 'off',
    };
    const options = { databaseUrl: database.url, env };
    const api = await startService({ ...options, env: { ...env, ROLES: roles } });
    const gatehouse = new Gatehouse(api.url, api.adminToken);
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    await gatehouse.admin('POST', '/admin/apps', {
      openapi: '3.0.3',
      info: { title: 'Notes by key', version: '1', 'x-gatehouse': { key: APP } },
      servers: [{ url: 'https://notes.test' }],
      security: [{ account: [] }],
      components: { securitySchemes: { account: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
      paths: { '/notes': { get: { operationId: 'list', responses: { 200: { description: 'Notes' } } } } },
    });
    const cleanUp = async () => {
      await api.stop();
      await database.drop();
    };
    return new HookApp(options, cleanUp, gatehouse, partner, await appToken(gatehouse, partner));
  }

  startWorker(): Promise<ServiceProcess> {
    return startService({ ...this.service, env: { ...this.service.env, ROLES: 'worker' } });
  }

  call(method: string, path: string, json?: unknown, bearer = this.token): Promise<Answer> {
    return this.gatehouse.call(method, `/v2/webhooks${path}`, { bearer, json });
  }

  async subscribe(url: string, events?: string[]): Promise<{ id: string; secret: string }> {
    const created = await this.call('POST', '', { data: { url, ...(events && { events }) } });
    return { id: created.at('data.id'), secret: created.at('data.secret') };
  }

  /** Connects these accounts; those that are connected already get new credentials where `key` is another one. Each is an event. */
  async connect(names: readonly string[], key: string): Promise<void> {
    const connections = names.map((name) => ({
      app: APP,
      org: 'org-1',
      user: 'ada',
      external_id: name,
      credentials: { kind: 'apiKey', value: `${key}-of-${name}` },
    }));
    const answer = await this.gatehouse.admin('POST', `/admin/tenants/${this.partner.slug}/connections/import`, {
      connections,
    });
    const { failed } = answer.json as { failed: number };
    if (failed > 0) throw new Error(`Not connected: ${answer.text}`);
  }

  close(): Promise<void> {
    return this.cleanUp();
  }
}

export async function appToken(
  gatehouse: Gatehouse,
  { clientId, clientSecret }: Partner,
  scope = 'connection:webhook:read webhook:write',
): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  return (await gatehouse.call('POST', '/oauth/token', { form })).at('access_token');
}
