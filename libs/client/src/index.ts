import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api-types.js';

/** What answers hold, by name: `Schemas['Run']`. */
export type Schemas = components['schemas'];

export interface GatehouseOptions {
  /** Of the service: its `PUBLIC_URL`. */
  baseUrl: string;
  /** Asked for each call: an access token of a user or of the app, the admin token or an admin key. Without one, calls name no one. */
  token?: () => string | Promise<string>;
}

/** Every operation of the service, typed. An answer of an error comes back as `error`, and is not thrown. */
export function createGatehouse({ baseUrl, token }: GatehouseOptions): Client<paths> {
  const client = createClient<paths>({ baseUrl });
  client.use({
    onRequest: async ({ request }) => {
      if (token) request.headers.set('authorization', `Bearer ${await token()}`);
      return request;
    },
  });
  return client;
}
