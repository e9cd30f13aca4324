import { randomBytes } from 'node:crypto';
import {
  createTestDatabase,
  startHttpServer,
  startService,
  type HttpServer,
  type ServiceProcess,
  type TestDatabase,
} from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

export const REDIRECT_URI = 'https://notes.acme.test/connected';

/** A service, a third party whose API needs no account, and a partner that may use it. */
export class RunScene {
  private constructor(
    readonly database: TestDatabase,
    readonly env: Record<string, string>,
    readonly thirdParty: HttpServer,
    readonly gatehouse: Gatehouse,
    readonly partner: Partner,
    readonly services: ServiceProcess[],
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<RunScene> {
    const database = await createTestDatabase();
    const thirdParty = await startHttpServer();
    const env = { VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`, RATE_LIMITS: 'off', ...settings };
    const service = await startService({ databaseUrl: database.url, env });
    const gatehouse = new Gatehouse(service.url, service.adminToken);
    const partner = await Partner.enrol(gatehouse, {
      slug: 'acme-notes',
      origins: ['https://notes.acme.test'],
      redirect_uris: [REDIRECT_URI],
    });
    await gatehouse.admin('POST', '/admin/apps', document(thirdParty.origin));
    await gatehouse.admin('PUT', '/admin/tenants/acme-notes/apps/ledger', { enabled: true });
    return new RunScene(database, env, thirdParty, gatehouse, partner, [service]);
  }

  /** Another process on the same database. */
  async another(settings: Record<string, string> = {}): Promise<ServiceProcess> {
    const service = await startService({ databaseUrl: this.database.url, env: { ...this.env, ...settings } });
    this.services.push(service);
    return service;
  }

  user(name: string): Promise<EmbedUser> {
    return EmbedUser.signIn(this.gatehouse, this.partner, name);
  }

  async action(user: EmbedUser, key: string): Promise<string> {
    const app = (await user.get('/v2/apps?query=Ledger')).at('data.0.id');
    const { data } = (await user.get(`/v2/actions?limit=100&app=${app}`)).json as {
      data: { key: string; id: string }[];
    };
    const found = data.find((candidate) => candidate.key === key);
    if (!found) throw new Error(`There is no action ${key}.`);
    return found.id;
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.thirdParty.close();
    await this.database.drop();
  }
}

function document(origin: string) {
  const entry = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
  const answers = { 200: { description: 'Done' } };
  return {
    openapi: '3.1.0',
    info: { title: 'Ledger', version: '1', 'x-gatehouse': { key: 'ledger' } },
    servers: [{ url: origin }],
    paths: {
      '/entries': {
        post: {
          operationId: 'add_entry',
          requestBody: { required: true, content: { 'application/json': { schema: entry } } },
          responses: answers,
        },
        get: { operationId: 'list_entries', responses: answers },
      },
    },
  };
}
