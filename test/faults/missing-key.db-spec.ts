import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { json, startHttpServer, type HttpServer } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal, type Surface } from '../main-job/error-format.js';
import { AdminDesk, PATH, withKey } from '../registry/admin-desk.js';
import { RegistryScene } from '../registry/registry-scene.js';
import { appToken } from '../webhooks/hook-app.js';

let scene: RegistryScene;
let desk: AdminDesk;
let receiver: HttpServer;
let webhook: string;
let bearer: string;

beforeAll(async () => {
  scene = await RegistryScene.start();
  desk = new AdminDesk(scene);
  receiver = await startHttpServer();
  scene.server.answerWith(json(200, { id: 7, name: 'Ada L.' }));
  bearer = await appToken(scene.gatehouse, scene.partner);
  webhook = (await hook('POST', '', { url: `${receiver.origin}/hook` })).at('data.id');
  await desk.import([withKey('ada')]);
  const upstream = { api_url: `${receiver.origin}/up`, token_url: `${receiver.origin}/up/token` };
  const settings = { connect_url: `${receiver.origin}/to`, client_id: 'acme', client_secret: 'secret', mode: 'app' };
  await scene.gatehouse.admin('PUT', '/admin/tenants/acme-notes/upstreams/zapier', { ...upstream, ...settings });
});
afterAll(async () => {
  await scene?.close();
  await receiver?.close();
});

const hook = (method: string, path: string, body?: object): Promise<Answer> =>
  scene.gatehouse.call(method, `/v2/webhooks${path}`, { bearer, json: body });

async function testOfAction(): Promise<Answer> {
  const ada = await scene.user('ada');
  const app = await scene.appId('key-app');
  const action = (await ada.get(`/v2/actions?app=${app}`)).at('data.0.id');
  const authentication = (await ada.get(`/v2/authentications?app=${app}`)).at('data.0.id');
  return ada.post(`/v2/actions/${action}/test`, { data: { authentication, inputs: {} } });
}

async function exported(): Promise<Answer> {
  const { publicKey } = await generateKeyPair('RSA-OAEP-256');
  return desk.call('POST', `${PATH}/export`, { jwk: await exportJWK(publicKey) });
}

async function refreshed(): Promise<Answer> {
  const id = (await desk.call('GET', PATH)).at('connections.0.id');
  return desk.call('POST', `${PATH}/${id}/refresh`);
}

describe('while the ring lacks the key to what is stored', () => {
  beforeEach(async () => {
    // A data key that no memory has, under a key that no ring has.
    await scene.database.query(`UPDATE data_keys SET key_id = 'lost-' || key_id, wrapped = wrapped || '\\x00'::bytea`);
  });
  afterEach(async () => {
    await scene.database.query(
      `UPDATE data_keys SET key_id = substring(key_id FROM 6), wrapped = substring(wrapped FOR length(wrapped) - 1)`,
    );
  });

  it.each<[string, Surface, () => Promise<Answer>]>([
    ['a webhook’s new secret', 'v2', () => hook('POST', `/${webhook}/secret`, {})],
    ['a webhook’s new URL', 'v2', () => hook('PATCH', `/${webhook}`, { url: `${receiver.origin}/other` })],
    ['the test of an action', 'v2', testOfAction],
    ['an export of connections', 'admin', exported],
    ['a refresh that an operator asks for', 'admin', refreshed],
    ['the look at an upstream', 'admin', () => desk.call('POST', '/admin/tenants/acme-notes/upstreams/zapier/doctor')],
  ])('%s is refused as not available now, with what to do', async (_what, surface, ask) => {
    const answer = await ask();
    expectRefusal(answer, surface, 503, {
      code: 'unavailable',
      detail: expect.stringMatching(/VAULT_KEYRING.*put back/),
    });
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(answer.text).not.toContain('lost-');
  });

  it('webhooks are listed, without their URLs', async () => {
    expect((await hook('GET', `/${webhook}`)).json).toMatchObject({ data: { url: null, enabled: true } });
  });
});

it('with the key again nothing is lost', async () => {
  expect((await hook('GET', `/${webhook}`)).at('data.url')).toBe(`${receiver.origin}/hook`);
  expect((await hook('POST', `/${webhook}/secret`, {})).status).toBe(201);
  expect((await exported()).json).toMatchObject({ count: 1 });
});
