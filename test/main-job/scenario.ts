import { randomBytes } from 'node:crypto';
import {
  createTestDatabase,
  freePort,
  type ServiceOptions,
  startService,
  temporaryFolder,
  type ServiceProcess,
  type TestDatabase,
} from '#libs/testing';
import type { CrmClient } from '../../apps/demo/src/crm/authorization-server.js';
import { startCrm, type Crm } from '../../apps/demo/src/crm/crm.js';
import { Gatehouse } from './gatehouse.js';
import { Partner, type PartnerOptions } from './partner.js';

export interface ScenarioOptions {
  /** Slugs of the tenants that may use the CRM; the default is one. */
  slugs?: string[];
  accessTokenSeconds?: number;
  exportSeconds?: number;
  /** In place of a database of the test server. */
  databaseUrl?: string;
  /** Added to what the service gets. */
  settings?: Record<string, string>;
  /** Of the first service, in place of this build's. */
  script?: string;
  /** Of the first service: its answers are timed, and are not held to the API document. */
  isTimed?: boolean;
}

/** The built service on a database of its own, and a third party beside it. */
export class Scenario {
  readonly services: ServiceProcess[] = [];

  private constructor(
    readonly gatehouse: Gatehouse,
    readonly crm: Crm,
    readonly crmClient: CrmClient,
    /** Of the CRM's store, `crm.json`. */
    readonly folder: string,
    private readonly env: Record<string, string>,
    readonly databaseUrl: string,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(options: ScenarioOptions = {}): Promise<Scenario> {
    const { slugs = ['acme-notes'], databaseUrl, settings = {}, script, isTimed = false, ...crmOptions } = options;
    const folder = temporaryFolder('scenario');
    const database: TestDatabase | undefined = databaseUrl === undefined ? await createTestDatabase() : undefined;
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const crmClient = {
      clientId: 'gatehouse-client',
      clientSecret: randomBytes(24).toString('base64url'),
      redirectUris: slugs.map((slug) => `${url}/connect/callback/${slug}/acme-crm`),
    };
    const address = { port: 0, host: '127.0.0.1', dataDir: folder.path };
    const crm = await startCrm({ ...address, clients: [crmClient], ...crmOptions });
    const env = {
      PORT: String(port),
      PUBLIC_URL: url,
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      APPS_DIR: folder.path,
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'trace',
      ...settings,
    };
    const cleanUp = async () => {
      await crm.close();
      await database?.drop();
      folder.remove();
    };
    const gatehouse = new Gatehouse(url, env.ADMIN_TOKEN);
    const source = databaseUrl ?? database?.url ?? '';
    const scenario = new Scenario(gatehouse, crm, crmClient, folder.path, env, source, cleanUp);
    try {
      await scenario.startService(
        {},
        { ...(script !== undefined && { script }), ...(isTimed && { checksResponses: false }) },
      );
    } catch (error) {
      await cleanUp();
      throw error;
    }
    return scenario;
  }

  /** Once more: on the same database and port after the last one ended, or beside it on a port given in `env`. */
  async startService(
    env: Record<string, string> = {},
    how: Pick<ServiceOptions, 'script' | 'checksResponses'> = {},
  ): Promise<ServiceProcess> {
    const service = await startService({ databaseUrl: this.databaseUrl, env: { ...this.env, ...env }, ...how });
    this.services.push(service);
    return service;
  }

  /** A tenant that may use the CRM with an OAuth client of its own. */
  async enrol(options: Partial<PartnerOptions> = {}): Promise<Partner> {
    const partner = await Partner.enrol(this.gatehouse, { slug: 'acme-notes', ...options });
    await this.gatehouse.admin('POST', '/admin/apps', await this.crmDocument());
    await this.gatehouse.admin('PUT', `/admin/tenants/${partner.slug}/apps/acme-crm`, {
      oauth: { client_id: this.crmClient.clientId, client_secret: this.crmClient.clientSecret },
    });
    return partner;
  }

  async crmDocument(): Promise<unknown> {
    return (await fetch(`${this.crm.url}/openapi.json`)).json();
  }

  /** What the CRM shows a person: the rows of its page. */
  async crmContacts(): Promise<string> {
    return (await fetch(`${this.crm.url}/contacts/rows`)).text();
  }

  logs(): string[] {
    return this.services.flatMap((service) => service.logs());
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.cleanUp();
  }
}
