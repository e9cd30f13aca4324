import { json, startHttpServer, type Answer, type HttpServer, type ReceivedRequest } from '#libs/testing';
import type { Partner } from '../main-job/partner.js';
import type { Scenario } from '../main-job/scenario.js';
import type { ConnectPage } from './connect-page.js';

/** A third party whose answers a test chooses: the authorization page is left out, and a test returns from it itself. */
export class OauthApp {
  /** Who signs in. */
  account = 'account-1';
  /** Of the token endpoint. */
  tokenStatus = 200;
  tokenError = 'invalid_grant';
  identityStatus = 200;
  /** Of a page that a browser gets before it is sent back, such as one that severs its opener; null: it is sent back at once. */
  pageHeaders: Record<string, string> | null = null;

  private constructor(
    readonly server: HttpServer,
    readonly key: string,
  ) {}

  static async start(key = 'acme-flow'): Promise<OauthApp> {
    const app = new OauthApp(await startHttpServer(), key);
    app.server.answerWith((request, response) => app.#answer(request)(request, response));
    return app;
  }

  /** In the catalog, and for these tenants with a client of their own. */
  async register(scenario: Scenario, partners: Partner[], extended: object = {}): Promise<void> {
    await scenario.gatehouse.admin('POST', '/admin/apps', this.#document(extended));
    for (const { slug } of partners) {
      const oauth = { client_id: `client-of-${slug}`, client_secret: 'not-a-secret' };
      await scenario.gatehouse.admin('PUT', `/admin/tenants/${slug}/apps/${this.key}`, { oauth });
    }
  }

  /** Codes that were asked to be exchanged. */
  codes(): string[] {
    const requests = this.server.requests.filter(({ url }) => url === '/token');
    return requests.map(({ body }) => new URLSearchParams(body).get('code') ?? '');
  }

  /** Presses Continue. @returns what the third party is asked */
  async begin(page: ConnectPage): Promise<URL> {
    const answer = await page.browser.open(`${page.path}/start`);
    return new URL(answer.headers.get('location') ?? '', 'http://gatehouse.invalid');
  }

  /** The address that the third party sends the browser back to. */
  callback(asked: URL, answer: Record<string, string>): string {
    const url = new URL(asked.searchParams.get('redirect_uri') ?? '');
    url.search = new URLSearchParams({ state: asked.searchParams.get('state') ?? '', ...answer }).toString();
    return url.href;
  }

  /** Presses Continue, and returns with this answer. */
  async return(page: ConnectPage, answer: Record<string, string> = { code: 'code-1' }): Promise<Response> {
    return page.browser.open(this.callback(await this.begin(page), answer));
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  #answer({ url }: ReceivedRequest): Answer {
    if (url.startsWith('/authorize?'))
      return this.#page(this.callback(new URL(url, this.server.origin), { code: 'code-1' }));
    if (url === '/token') {
      const tokens = {
        access_token: 'access-of-flow',
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: 'refresh-of-flow',
      };
      return json(this.tokenStatus, this.tokenStatus === 200 ? tokens : { error: this.tokenError });
    }
    return json(this.identityStatus, { id: this.account, name: `${this.account}@flow.test` });
  }

  #page(callback: string): Answer {
    const headers = this.pageHeaders;
    return (_, response) =>
      headers === null
        ? response.writeHead(302, { location: callback }).end()
        : response
            .writeHead(200, { 'content-type': 'text/html', ...headers })
            .end(`<a id="back" href="${callback.replaceAll('&', '&amp;')}">back</a>`);
  }

  #document(extended: object): object {
    const { origin } = this.server;
    const flow = {
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}/token`,
      scopes: { things: 'See your things' },
    };
    const identity = { operationId: 'whoami', id: 'id', title: 'name' };
    return {
      openapi: '3.0.3',
      info: { title: 'Acme Flow', version: '1', 'x-gatehouse': { key: this.key, identity, ...extended } },
      servers: [{ url: `${origin}/api` }],
      security: [{ account: ['things'] }],
      components: { securitySchemes: { account: { type: 'oauth2', flows: { authorizationCode: flow } } } },
      paths: { '/whoami': { get: { operationId: 'whoami', responses: { 200: { description: 'You' } } } } },
    };
  }
}
