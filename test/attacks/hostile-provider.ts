import { type HttpServer, json, startHttpServer } from '#libs/testing';

type Redirect = (asked: URLSearchParams) => string;

/** A third party that does as its owner likes: where it sends the browser, and what it takes for a code. */
export class HostileProvider {
  /** What each token request brought. */
  readonly tokenRequests: URLSearchParams[] = [];
  /** What each authorization request asked. */
  readonly asked: URLSearchParams[] = [];
  private redirect: Redirect = answerHonestly;

  private constructor(private readonly server: HttpServer) {}

  static async start(): Promise<HostileProvider> {
    const provider = new HostileProvider(await startHttpServer());
    provider.server.answerWith((request, response) => {
      const { pathname, searchParams } = new URL(request.url, provider.origin);
      if (pathname === '/authorize') {
        provider.asked.push(searchParams);
        response.writeHead(302, { location: provider.redirect(searchParams) }).end();
      } else if (pathname === '/token') {
        provider.tokenRequests.push(new URLSearchParams(request.body));
        json(200, { access_token: 'evil-token', token_type: 'Bearer', expires_in: 3600 })(request, response);
      } else if (pathname === '/api/me') json(200, { id: 'evil-1', name: 'Mallory' })(request, response);
      else response.writeHead(404).end();
    });
    return provider;
  }

  get origin(): string {
    return this.server.origin;
  }

  /** Where browsers that ask it for a consent are sent from here on. */
  sendBrowsersTo(redirect: Redirect): void {
    this.redirect = redirect;
    this.asked.length = 0;
    this.tokenRequests.length = 0;
  }

  answerHonestly(): void {
    this.sendBrowsersTo(answerHonestly);
  }

  document(key: string, changes: { title?: string; image?: string; description?: string } = {}): object {
    const { title = 'Evil app', image, description = 'Everything' } = changes;
    return {
      openapi: '3.0.3',
      info: { title, version: '1', 'x-gatehouse': { key } },
      'x-gatehouse': {
        identity: { operationId: 'me', id: 'id', title: 'name' },
        ...(image !== undefined && { image }),
      },
      servers: [{ url: `${this.origin}/api` }],
      security: [{ account: ['all'] }],
      components: {
        securitySchemes: {
          account: {
            type: 'oauth2',
            flows: {
              authorizationCode: {
                authorizationUrl: `${this.origin}/authorize`,
                tokenUrl: `${this.origin}/token`,
                scopes: { all: description },
              },
            },
          },
        },
      },
      paths: { '/me': { get: { operationId: 'me', summary: 'Me', responses: { 200: { description: 'Done' } } } } },
    };
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

function answerHonestly(asked: URLSearchParams): string {
  const back = new URL(asked.get('redirect_uri') ?? '');
  back.searchParams.set('code', 'evil-code');
  back.searchParams.set('state', asked.get('state') ?? '');
  return back.href;
}
