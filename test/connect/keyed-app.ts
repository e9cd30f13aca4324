import { json, startHttpServer, type HttpServer, type ReceivedRequest } from '#libs/testing';

export type Scheme = 'apiKey' | 'basic' | 'bearer';

const SCHEMES: Record<Scheme, object> = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Key', description: 'Your API key' },
  basic: { type: 'http', scheme: 'basic', description: 'As in the workspace settings.\nThe password is yours alone.' },
  bearer: { type: 'http', scheme: 'bearer' },
};

/** What each scheme's server accepts. */
export const RIGHT = {
  apiKey: { api_key: 'right-key-7Q' },
  basic: { username: 'ada@desk.test', password: 'right-word-7Q' },
  bearer: { token: 'right-token-7Q' },
} as const;

export function documentOf(scheme: Scheme, origin: string, { hasIdentity = true, key = keyOf(scheme) } = {}): object {
  return {
    openapi: '3.0.3',
    info: {
      title: `Desk ${scheme}`,
      version: '1',
      'x-gatehouse': { key, ...(hasIdentity && { identity: { operationId: 'whoami', id: 'id', title: 'name' } }) },
    },
    servers: [{ url: `${origin}/${scheme}` }],
    security: [{ account: [] }],
    components: { securitySchemes: { account: SCHEMES[scheme] } },
    paths: { '/whoami': { get: { operationId: 'whoami', responses: { 200: { description: 'You' } } } } },
  };
}

export function keyOf(scheme: Scheme): string {
  return `desk-${scheme.toLowerCase()}`;
}

/** A third party whose accounts are reached with a key, a password or a token. */
export async function startDesk(): Promise<HttpServer> {
  const server = await startHttpServer();
  server.answerWith((request, response) => {
    const [, scheme = ''] = request.url.split('/');
    const isRight = isAccepted(scheme, request);
    json(isRight ? 200 : 401, isRight ? { id: `${scheme}-1`, name: 'Ada at the desk' } : { error: 'who?' })(
      request,
      response,
    );
  });
  return server;
}

function isAccepted(scheme: string, { headers }: ReceivedRequest): boolean {
  if (scheme === 'apiKey') return headers['x-key'] === RIGHT.apiKey.api_key;
  if (scheme === 'bearer') return headers.authorization === `Bearer ${RIGHT.bearer.token}`;
  const { username, password } = RIGHT.basic;
  return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
