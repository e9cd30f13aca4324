import { randomUUID } from 'node:crypto';
import type { Answer } from '../main-job/answer.js';
import { types } from '../main-job/partner.js';
import type { LimitedScene } from './limits-scene.js';

/** Sends as much as `count` of whatever is limited. @returns what is answered, or the status where it is no answer of ours */
export type Send = (scene: LimitedScene, count: number) => Promise<Answer | string>;

const TENANT = '/admin/tenants/acme-notes';
const list = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index));
const padded = (json: object, bytes: number) => JSON.stringify(json).padEnd(bytes, ' ');
const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });
const fine = { name: 'A', grants: [], scopes: [] };

function body(method: string, path: string): Send {
  return ({ gatehouse }, count) => {
    const headers = { 'content-type': 'application/json' };
    return gatehouse.call(method, path, { bearer: gatehouse.adminToken, body: padded({}, count), headers });
  };
}

const form = (pad: (count: number, rest: string) => string): Send => {
  return ({ gatehouse, partner }, count) => {
    const client = `client_id=${partner.clientId}&client_secret=${partner.clientSecret}`;
    const rest = `grant_type=client_credentials&scope=webhook:read&${client}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return gatehouse.call('POST', '/oauth/token', { body: pad(count, rest), headers });
  };
};

/** In place of what is there. */
const metadata = (of: (count: number) => object): Send => {
  return async ({ gatehouse, user, connectionId }, count) => {
    const patch = (value: object | null) =>
      gatehouse.call('PATCH', `/v2/authentications/${connectionId}`, {
        bearer: user.token,
        json: { data: { metadata: value } },
      });
    await patch(null);
    return patch(of(count));
  };
};

/** As long as it may be, or a little longer: base64 comes in steps. */
async function jwtOf({ partner }: LimitedScene, length: number): Promise<Answer> {
  const bare = (await partner.jwt('mia', { pad: '' })).length;
  const pad = 'a'.repeat(Math.floor(((length - bare) * 3) / 4) + (length % 2 ? 4 : -4));
  const subject = { subject_token: await partner.jwt('mia', { pad }), subject_token_type: types.externalJwt };
  return partner.exchange({ ...subject, requested_token_type: types.accessToken, scope: 'profile' });
}

async function pageOf(answer: Promise<Answer>): Promise<string> {
  const { json } = await answer;
  const {
    meta,
    per_page: perPage,
    entries,
  } = json as {
    meta?: { limit: number };
    per_page?: number;
    entries?: unknown[];
  };
  return `${meta?.limit ?? perPage ?? entries?.length} are answered`;
}

export const requestLimits: Record<string, Send> = {
  headers: (scene, count) => scene.head(count),
  body: body('PATCH', TENANT),
  form: form((count, rest) => `${rest}&pad=`.padEnd(count, 'a')),
  'form-fields': form((count, rest) => `${rest}${'&a=1'.repeat(count - 4)}`),
  import: body('POST', `${TENANT}/connections/import`),
  depth: ({ user }, count) => {
    return user.post('/v2/action-runs', { data: { action: 'none', inputs: nested(count - 2) } });
  },
  url: async (scene, count) => {
    const url = 'https://hooks.example/'.padEnd(count, 'a');
    const bearer = await scene.appToken();
    return scene.gatehouse.post('/v2/webhooks', { data: { url } }, bearer);
  },
  jwt: jwtOf,
  'idempotency-key': ({ gatehouse, user }, count) => {
    const headers = { 'idempotency-key': randomUUID().padEnd(count, 'a') };
    return gatehouse.call('POST', '/v2/action-runs', {
      bearer: user.token,
      json: { data: { action: 'none' } },
      headers,
    });
  },
  metadata: metadata((count) => ({ a: 'a'.repeat(count - '{"a":""}'.length) })),
  'metadata-keys': metadata((count) => Object.fromEntries(list(count, String).map((key) => [key, 1]))),
  'metadata-depth': metadata((count) => nested(count - 1)),
  imported: (scene, count) => {
    const connections = list(count, (index) => `user-${index}`).map((user) => ({ user, app: 'no-app' }));
    return scene.admin('POST', `${TENANT}/connections/import`, { dry_run: true, connections });
  },
  'redirect-uris': (scene, count) => {
    const redirect_uris = list(count, (index) => `https://a.example/${index}`);
    return scene.admin('PATCH', TENANT, { redirect_uris });
  },
  origins: (scene, count) => {
    return scene.admin('PATCH', TENANT, { origins: list(count, (index) => `https://a${index}.example`) });
  },
  'app-scopes': (scene, count) => {
    return scene.admin('PUT', `${TENANT}/apps/acme-crm`, { scopes: list(count, (index) => `scope-${index}`) });
  },
  'jwks-keys': async (scene, count) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const jwks = { keys: list(count, (index) => `key-${index}`).map((kid) => ({ ...jwk, kid })) };
    const tenant = { slug: `t-${randomUUID()}`, name: 'A', issuer: 'a', trust: { jwks } };
    return scene.admin('POST', '/admin/tenants', tenant);
  },
  wait: ({ user }, count) => user.get(`/v2/action-runs/${randomUUID()}?wait=${count}`),
  page: ({ user }, count) => pageOf(user.get(`/v2/apps?limit=${count}`)),
  'page-v': ({ user }, count) => pageOf(user.get(`/v1/apps?per_page=${count}`)),
  'admin-page': (scene, count) => pageOf(scene.admin('GET', `${TENANT}/audit?limit=${count}`)),
};

/** Each makes one more of its kind. */
export const quotas: Record<string, Send> = {
  webhooks: async (scene) => {
    const data = { url: `https://hooks.example/${randomUUID()}` };
    return scene.gatehouse.post('/v2/webhooks', { data }, await scene.appToken());
  },
  'webhook-secrets': async (scene) => {
    const bearer = await scene.appToken();
    const { data } = (await scene.gatehouse.get('/v2/webhooks', bearer)).json as { data: { id: string }[] };
    return scene.gatehouse.post(`/v2/webhooks/${data[0]?.id}/secret`, {}, bearer);
  },
  clients: (scene) => scene.admin('POST', `${TENANT}/clients`, fine),
  upstreams: (scene) => {
    const [url, client] = ['https://up.example', { client_id: 'a', client_secret: 'b' }];
    const settings = { mode: 'user', api_url: url, token_url: url, connect_url: url, ...client };
    return scene.admin('PUT', `${TENANT}/upstreams/u-${randomUUID().slice(0, 8)}`, settings);
  },
  'admin-keys': (scene) => scene.admin('POST', '/admin/keys', { name: 'a', tenant: 'acme-notes' }),
  'signing-keys': (scene) => scene.admin('POST', `${TENANT}/keys/rotate`, { activate_after_seconds: 86_400 }),
};
