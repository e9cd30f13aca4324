import { SYSTEM_ACTOR } from '#libs/audit';
import { Apps, TenantCatalog, type RegisteredApp } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { TestApp } from './test-app.js';

export const oauthClient = { clientId: 'acme-client', clientSecret: 'acme-client-secret' };

/** An OAuth2 app at `origin`, as a third party describes itself: one action that reads and one that writes. */
export function appDocument(key: string, origin: string): object {
  const created = { responses: { 200: { description: 'Done' } } };
  return {
    openapi: '3.0.3',
    info: { title: 'Acme CRM', version: '1', 'x-gatehouse': { key } },
    servers: [{ url: `${origin}/api` }],
    security: [{ account: ['things'] }],
    components: {
      securitySchemes: {
        account: {
          type: 'oauth2',
          flows: {
            authorizationCode: {
              authorizationUrl: `${origin}/authorize`,
              tokenUrl: `${origin}/token`,
              scopes: { things: 'Your things' },
            },
          },
        },
      },
    },
    paths: {
      '/things': {
        get: { operationId: 'find_things', summary: 'Find things', ...created },
        post: {
          operationId: 'create_thing',
          summary: 'Create thing',
          requestBody: {
            content: {
              'application/json': {
                schema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
              },
            },
          },
          ...created,
        },
      },
    },
  };
}

export async function registerApp(app: TestApp, document: object): Promise<RegisteredApp> {
  return (await app.get(Apps).register(JSON.stringify(document), 'admin', SYSTEM_ACTOR)).app;
}

/** Gives the tenant an OAuth client for the app. @returns the app's id */
export async function offerApp(
  app: TestApp,
  tenantId: TenantId,
  { id, key }: Pick<RegisteredApp, 'id' | 'key'>,
): Promise<string> {
  const { clientId, clientSecret } = oauthClient;
  await app
    .get(TenantCatalog)
    .configure(tenantId, key, { oauth: { clientId, clientSecret: new Secret(clientSecret) } });
  return id;
}
