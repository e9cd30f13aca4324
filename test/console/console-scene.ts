import type { ServerResponse } from 'node:http';
import {
  createTestDatabase,
  json,
  queryOnce,
  startHttpServer,
  startService,
  type HttpServer,
  type ReceivedRequest,
  type ServiceProcess,
  type TestDatabase,
} from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { appToken } from '../webhooks/hook-app.js';

/** In the place of every name that a tenant, a user or a third party chooses. */
export const HOSTILE = `<img src=x onerror="globalThis.harmed=true">'"</td><script>globalThis.harmed=true</script>`;

/** A built service with a tenant of which there is something to see, and the third party that it connects to. */
export class ConsoleScene {
  /** Requests for work that was not answered yet. */
  readonly held: ServerResponse[] = [];
  /** Of the receiver of webhooks. */
  hookStatus = 204;
  /** At `/jwks`; null: it does not answer. */
  jwks: object | null = null;

  private constructor(
    readonly database: TestDatabase,
    readonly server: HttpServer,
    readonly service: ServiceProcess,
    readonly gatehouse: Gatehouse,
    readonly partner: Partner,
  ) {}

  static async start(): Promise<ConsoleScene> {
    const database = await createTestDatabase();
    const server = await startHttpServer();
    const service = await startService({ databaseUrl: database.url });
    const gatehouse = new Gatehouse(service.url, service.adminToken);
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    const scene = new ConsoleScene(database, server, service, gatehouse, partner);
    server.answerWith((request, response) => scene.#answer(request, response));
    await gatehouse.admin('POST', '/admin/apps', documentOf(server.origin));
    const oauth = { client_id: 'acme', client_secret: 'acme-secret' };
    await gatehouse.admin('PUT', '/admin/tenants/acme-notes/apps/acme-flow', { oauth });
    return scene;
  }

  /** As browsers see it. */
  get address(): string {
    return `${this.service.url.replace('127.0.0.1', 'localhost')}/console`;
  }

  get hooks(): ReceivedRequest[] {
    return this.server.requests.filter(({ url }) => url === '/hook');
  }

  /** @returns the connection's id */
  async connect(user: string, changes: object = {}): Promise<string> {
    const credentials = {
      kind: 'oauth2',
      access_token: 'access-1',
      refresh_token: `refresh-of-${user}`,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const connection = { app: 'acme-flow', org: 'org-1', user, credentials, ...changes };
    const path = '/admin/tenants/acme-notes/connections/import';
    const { results } = (await this.gatehouse.admin('POST', path, { connections: [connection] })).json as {
      results: { id: string }[];
    };
    return results[0]?.id ?? '';
  }

  /** One that is under way until `finish`. @returns its id */
  async run(name: string, authentication: string): Promise<string> {
    const user = await EmbedUser.signIn(this.gatehouse, this.partner, name);
    const app = (await user.get('/v2/apps?query=Acme')).at('data.0.id');
    const { data } = (await user.get(`/v2/actions?limit=100&app=${app}`)).json as {
      data: { key: string; id: string }[];
    };
    const action = data.find(({ key }) => key === 'work')?.id;
    return (await user.post('/v2/action-runs', { data: { action, authentication, inputs: {} } })).at('data.id');
  }

  finish(): void {
    for (const response of this.held.splice(0))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }

  /** @returns the webhook's id, whose first delivery was made with `hookStatus` */
  async subscribe(): Promise<string> {
    const token = await appToken(this.gatehouse, this.partner);
    const id = (await this.gatehouse.post('/v2/webhooks', { url: `${this.server.origin}/hook` }, token)).at('data.id');
    await this.gatehouse.post(`/v2/webhooks/${id}/test`, {}, token);
    return id;
  }

  /** One that answers, and is none. */
  async addUpstream(name: string): Promise<void> {
    const { origin } = this.server;
    await this.gatehouse.admin('PUT', `/admin/tenants/acme-notes/upstreams/${name}`, {
      mode: 'app',
      api_url: origin,
      token_url: `${origin}/no-token`,
      connect_url: origin,
      client_id: 'acme',
      client_secret: 'acme-secret',
    });
  }

  /** What the API refuses to take, or only ever gets from elsewhere. */
  async write(statement: string, parameters: unknown[]): Promise<void> {
    await queryOnce(this.database.url, statement, parameters);
  }

  async close(): Promise<void> {
    this.finish();
    await this.service.stop();
    await this.server.close();
    await this.database.drop();
  }

  #answer(request: ReceivedRequest, response: ServerResponse): unknown {
    const tokens = { access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer', expires_in: 3600 };
    if (request.url === '/work') return this.held.push(response);
    if (request.url === '/hook') return response.writeHead(this.hookStatus).end();
    if (request.url === '/jwks') return json(this.jwks ? 200 : 503, this.jwks ?? {})(request, response);
    return json(200, request.url === '/token' ? tokens : {})(request, response);
  }
}

function documentOf(origin: string): object {
  const flow = { authorizationUrl: `${origin}/authorize`, tokenUrl: `${origin}/token`, scopes: {} };
  return {
    openapi: '3.0.3',
    info: { title: 'Acme Flow', version: '1', 'x-gatehouse': { key: 'acme-flow', revocation_url: `${origin}/revoke` } },
    servers: [{ url: origin }],
    security: [{ account: [] }],
    components: { securitySchemes: { account: { type: 'oauth2', flows: { authorizationCode: flow } } } },
    paths: { '/work': { post: { operationId: 'work', responses: { 200: { description: 'Done' } } } } },
  };
}
