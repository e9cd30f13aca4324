/** Where each URL of a document leads, until another is put in its place. */
export const PLACEHOLDER = 'https://placeholder.example';

const done = { responses: { 200: { description: 'Done' } } };
const pathParameter = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });

/** All that an app may name is the placeholder, but for the page that browsers are sent to. `there` is an operation with a server of its own. */
export const everyUrlDocument = {
  openapi: '3.0.3',
  info: { title: 'Acme', version: '1' },
  'x-gatehouse': {
    key: 'every-url',
    image: `${PLACEHOLDER}/logo.png`,
    revocation_url: `${PLACEHOLDER}/revoke`,
    identity: { operationId: 'here', id: 'id' },
  },
  servers: [{ url: PLACEHOLDER }],
  security: [{ account: [] }],
  components: {
    securitySchemes: {
      account: {
        type: 'oauth2',
        flows: {
          authorizationCode: {
            authorizationUrl: 'https://partner.example/authorize',
            tokenUrl: `${PLACEHOLDER}/token`,
            refreshUrl: `${PLACEHOLDER}/refresh`,
            scopes: {},
          },
        },
      },
    },
  },
  paths: {
    '/here': { get: { operationId: 'here', ...done } },
    '/there': { get: { operationId: 'there', servers: [{ url: `${PLACEHOLDER}/there` }], ...done } },
  },
};

/** Of an app without accounts, which answers as it is asked to. */
export function answeringDocument(server: string): object {
  return {
    openapi: '3.0.3',
    info: { title: 'Acme', version: '1' },
    'x-gatehouse': { key: 'answering' },
    servers: [{ url: server }],
    paths: {
      '/answering/{how}/{where}': {
        get: { operationId: 'answer', parameters: ['how', 'where'].map(pathParameter), ...done },
      },
    },
  };
}
