import { randomUUID } from 'node:crypto';
import type { Answer } from '../main-job/answer.js';
import type { SsrfScene } from './ssrf-scene.js';

/** A call that takes a URL which we are to call later. */
export interface Registration {
  what: string;
  /** The DTO and its member. */
  takes: [file: string, member: string];
  surface: 'admin' | 'v2';
  pointer: string;
  send(scene: SsrfScene, url: string): Promise<Answer>;
}

const asOperator = (scene: SsrfScene, method: string, path: string, json: object) =>
  scene.service.gatehouse.call(method, path, { bearer: scene.service.gatehouse.adminToken, json });

const UPSTREAM_DTO = 'apps/api/src/admin/upstream.dto.ts';
const WEBHOOK_DTO = 'apps/api/src/embed/webhook.dto.ts';

const ofUpstream = (member: string): Registration => ({
  what: `${member} of an upstream`,
  takes: [UPSTREAM_DTO, member],
  surface: 'admin',
  pointer: `/${member}`,
  send: (scene, url) => {
    const fine = 'https://partner.example/';
    const settings = {
      mode: 'user',
      api_url: fine,
      token_url: fine,
      connect_url: fine,
      client_id: 'a',
      client_secret: 'b',
    };
    return asOperator(scene, 'PUT', '/admin/tenants/acme-notes/upstreams/other', { ...settings, [member]: url });
  },
});

export const registrations: readonly Registration[] = [
  {
    what: 'the JWKS URL of a tenant',
    takes: ['apps/api/src/admin/tenant.dto.ts', 'jwks_uri'],
    surface: 'admin',
    pointer: '/trust/jwks_uri',
    send: (scene, url) => {
      const tenant = { slug: `t-${randomUUID()}`, name: 'A', issuer: 'a', audience: 'a', trust: { jwks_uri: url } };
      return asOperator(scene, 'POST', '/admin/tenants', tenant);
    },
  },
  ...['api_url', 'token_url', 'connect_url', 'authorize_url', 'jwks_url'].map(ofUpstream),
  {
    what: "the tenant's own server of an app",
    takes: ['apps/api/src/admin/app.dto.ts', 'server_url'],
    surface: 'admin',
    pointer: '/server_url',
    send: (scene, url) => asOperator(scene, 'PUT', '/admin/tenants/acme-notes/apps/answering', { server_url: url }),
  },
  {
    what: 'a webhook',
    takes: [WEBHOOK_DTO, 'url'],
    surface: 'v2',
    pointer: '/data/url',
    send: async (scene, url) => {
      const bearer = await scene.appToken();
      const made = await scene.service.gatehouse.post('/v2/webhooks', { data: { url } }, bearer);
      if (made.status === 201)
        await scene.service.gatehouse.call('DELETE', `/v2/webhooks/${made.at('data.id')}`, { bearer });
      return made;
    },
  },
  {
    what: 'the new URL of a webhook',
    takes: [WEBHOOK_DTO, 'url'],
    surface: 'v2',
    pointer: '/data/url',
    send: async (scene, url) => {
      const path = `/v2/webhooks/${await scene.webhook()}`;
      return scene.service.gatehouse.call('PATCH', path, { bearer: await scene.appToken(), json: { data: { url } } });
    },
  },
  {
    what: 'the callback of a run',
    takes: ['apps/api/src/embed/action-run.dto.ts', 'callback_url'],
    surface: 'v2',
    pointer: '/data/callback_url',
    send: async (scene, url) => {
      const action = (await scene.answering()).actions.answer;
      const data = { action, inputs: { how: 'fine', where: 'x' }, callback_url: url };
      return scene.user.post('/v2/action-runs', { data });
    },
  },
];

/** URLs that only browsers are sent to, or that are compared and never called. */
export const visited: readonly [file: string, member: string, why: string][] = [
  ['apps/api/src/admin/tenant.dto.ts', 'logo_url', 'browsers load it into the Connect page'],
  ['apps/api/src/admin/tenant.dto.ts', 'login_url', 'browsers are sent there to sign in'],
  ['apps/api/src/admin/tenant.dto.ts', 'redirect_uris', 'browsers are sent back there'],
  ['apps/api/src/admin/tenant.dto.ts', 'origins', 'compared with what a browser says of itself'],
  ['apps/api/src/admin/client.dto.ts', 'redirect_uris', 'browsers are sent back there'],
];
