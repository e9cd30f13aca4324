import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { Config } from '#libs/config';
import type { ScopedDatabase } from '#libs/database';
import {
  createTestDatabase,
  freePort,
  ownerDatabase,
  startHttpServer,
  temporaryFolder,
  type HttpServer,
  type TestDatabase,
} from '#libs/testing';
import { AdminConnectionsModule } from '../../apps/api/src/admin/connections.module.js';
import { fastifyAdapter, registerParsers } from '../../apps/api/src/http/fastify.js';
import { ServiceModule } from '../../apps/api/src/service.module.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

const SCHEMES = {
  'key-app': { type: 'apiKey', in: 'header', name: 'X-Key' },
  'basic-app': { type: 'http', scheme: 'basic' },
  'bearer-app': { type: 'http', scheme: 'bearer' },
} as const;
type AppKey = keyof typeof SCHEMES | 'oauth-app';

export interface ServedRoute {
  method: string;
  url: string;
}

/** The service, API and worker in this process, and a third party whose apps take each kind of credentials. */
export class RegistryScene {
  private constructor(
    readonly gatehouse: Gatehouse,
    readonly database: ScopedDatabase,
    readonly server: HttpServer,
    readonly partner: Partner,
    /** Every route that is served, as it is declared. */
    readonly routes: readonly ServedRoute[],
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<RegistryScene> {
    const database = await createTestDatabase();
    const server = await startHttpServer();
    const folder = temporaryFolder('registry');
    const config = await configOf(database, folder.path);
    const root = { module: class RegistryRoot {}, imports: [ServiceModule.for(config), AdminConnectionsModule] };
    const app = await NestFactory.create<NestFastifyApplication>(root, fastifyAdapter(config), {
      logger: false,
      abortOnError: false,
    });
    registerParsers(app);
    const routes = noteRoutes(app);
    await app.listen(config.port, config.host);
    const gatehouse = new Gatehouse(config.publicUrl, config.adminToken);
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    const scene = new RegistryScene(
      gatehouse,
      ownerDatabase(app.get(DataSource, { strict: false })),
      server,
      partner,
      routes,
      async () => {
        await app.close();
        await server.close();
        await database.drop();
        folder.remove();
      },
    );
    await scene.#offerApps();
    return scene;
  }

  user(name: string): Promise<EmbedUser> {
    return EmbedUser.signIn(this.gatehouse, this.partner, name);
  }

  async appId(key: AppKey): Promise<string> {
    const { data } = (await this.gatehouse.get(`/v2/apps?limit=100&client_id=${this.partner.clientId}`)).json as {
      data: { key: string; id: string }[];
    };
    return data.find((app) => app.key === key)?.id ?? '';
  }

  close(): Promise<void> {
    return this.end();
  }

  async #offerApps(): Promise<void> {
    for (const [key, scheme] of Object.entries(SCHEMES))
      await this.gatehouse.admin('POST', '/admin/apps', document(key, this.server.origin, scheme));
    const flow = { authorizationUrl: '/authorize', tokenUrl: '/token', scopes: {} };
    const scheme = { type: 'oauth2', flows: { authorizationCode: flow } };
    await this.gatehouse.admin('POST', '/admin/apps', document('oauth-app', this.server.origin, scheme));
    await this.gatehouse.admin('PUT', `/admin/tenants/${this.partner.slug}/apps/oauth-app`, {
      oauth: { client_id: 'acme', client_secret: 'acme-secret' },
    });
  }
}

function noteRoutes(app: NestFastifyApplication): ServedRoute[] {
  const routes: ServedRoute[] = [];
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const one of Array.isArray(method) ? method : [method])
        if (one !== 'HEAD') routes.push({ method: one, url });
    });
  return routes;
}

/** One action that reads, and says whose account it is. */
function document(key: string, origin: string, scheme: object): object {
  const extension = {
    key,
    identity: { operationId: 'me', id: '/id', title: '/name' },
    ...(key === 'oauth-app' && { revocation_url: `${origin}/revoke` }),
  };
  return {
    openapi: '3.0.3',
    info: { title: `App ${key}`, version: '1', 'x-gatehouse': extension },
    servers: [{ url: origin }],
    security: [{ account: [] }],
    components: { securitySchemes: { account: scheme } },
    paths: { '/me': { get: { operationId: 'me', summary: 'Me', responses: { 200: { description: 'Done' } } } } },
  };
}

async function configOf(database: TestDatabase, dataDir: string): Promise<Config> {
  const port = await freePort();
  return new Config({
    production: false,
    databaseUrl: database.url,
    dataDir,
    host: '127.0.0.1',
    port,
    publicUrl: `http://localhost:${port}`,
    adminToken: randomBytes(32).toString('base64url'),
    vaultKeyring: [{ id: 'k1', key: randomBytes(32) }],
    rateLimits: false,
    trustedProxies: [],
    egressAllow: ['127.0.0.0/8', '::1/128', 'localhost'],
    roles: ['api', 'worker'],
    appsDir: '',
    logLevel: 'silent',
    generatedFiles: [],
  });
}
