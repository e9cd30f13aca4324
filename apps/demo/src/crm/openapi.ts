import { oauthPaths } from './authorization-server.js';
import { contactPaths, exportPaths, helperPaths } from './openapi-paths.js';
import { crmScopes } from './scopes.js';

/** The published description of this API, from which others can build. */
export function openapiDocument(origin: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Acme CRM',
      version: '1.0.0',
      description: 'Contacts, lists and exports of a small, friendly CRM.',
      'x-gatehouse': { key: 'acme-crm' },
    },
    servers: [{ url: origin }],
    'x-gatehouse': {
      image: `${origin}/icon.svg`,
      categories: ['crm'],
      identity: { operationId: 'getMe', id: 'id', title: 'email' },
      scopes: Object.keys(crmScopes),
      revocation_url: `${origin}${oauthPaths.revoke}`,
    },
    paths: { ...contactPaths, ...exportPaths, ...helperPaths },
    components: { securitySchemes: { account: oauthScheme(origin) } },
    security: [{ account: [] }],
  };
}

function oauthScheme(origin: string): object {
  const scopes = Object.entries(crmScopes).map(([scope, { title, description }]) => [
    scope,
    `${title}: ${lower(description)}`,
  ]);
  return {
    type: 'oauth2',
    flows: {
      authorizationCode: {
        authorizationUrl: `${origin}${oauthPaths.authorize}`,
        tokenUrl: `${origin}${oauthPaths.token}`,
        refreshUrl: `${origin}${oauthPaths.token}`,
        scopes: Object.fromEntries(scopes),
      },
    },
  };
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
