export const APP_KEY = 'rotating-app';

export interface RefreshPolicy {
  rotation: 'grace' | 'strict' | 'non_rotating';
  keep_alive_seconds?: number;
}

/** The provider as an app of the catalog: its token endpoint is at the proxy, so every refresh passes there. */
export function providerDocument(provider: string, proxy: string, refresh: RefreshPolicy): object {
  const list = { operationId: 'list_lists', items: 'lists', value: 'id', label: 'name' };
  const inputs = {
    type: 'object',
    required: ['list_id'],
    properties: { list_id: { type: 'string', 'x-gatehouse': { choices: list } } },
  };
  const responses = { 200: { description: 'Done' } };
  return {
    openapi: '3.1.0',
    info: { title: 'Rotating app', version: '1', 'x-gatehouse': { key: APP_KEY } },
    servers: [{ url: provider }],
    'x-gatehouse': { revocation_url: `${provider}/token/revocation`, refresh },
    security: [{ account: ['things'] }],
    components: {
      securitySchemes: {
        account: {
          type: 'oauth2',
          flows: {
            authorizationCode: {
              authorizationUrl: `${provider}/auth`,
              tokenUrl: `${proxy}/token`,
              scopes: { things: 'Your things' },
            },
          },
        },
      },
    },
    paths: {
      '/api/lists': { get: { operationId: 'list_lists', 'x-gatehouse': { hidden: true }, responses } },
      '/api/things': {
        post: {
          operationId: 'create_thing',
          summary: 'Create thing',
          requestBody: { content: { 'application/json': { schema: inputs } } },
          responses,
        },
      },
    },
  };
}
