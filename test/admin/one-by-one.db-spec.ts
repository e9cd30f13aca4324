import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/database';
import { json, type ReceivedRequest } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { AdminDesk, withKey, withTokens } from '../registry/admin-desk.js';
import { RegistryScene } from '../registry/registry-scene.js';
import { appToken } from '../webhooks/hook-app.js';

const TENANT = '/admin/tenants/acme-notes';

let scene: RegistryScene;
let desk: AdminDesk;

beforeAll(async () => {
  scene = await RegistryScene.start();
  desk = new AdminDesk(scene);
  await Partner.enrol(scene.gatehouse, { slug: 'rival' });
});
beforeEach(async () => {
  scene.server.answerWith(thirdParty);
  await scene.database.query(`DELETE FROM connections`);
});
afterAll(() => scene?.close());

function thirdParty(request: ReceivedRequest, response: ServerResponse): unknown {
  const tokens = { access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer', expires_in: 3600 };
  return json(200, request.url === '/token' ? tokens : { id: 7, name: 'Ada' })(request, response);
}

async function imported(connection: object): Promise<string> {
  const { results } = await desk.import([connection]);
  expect(results[0]?.outcome, JSON.stringify(results)).toBe('created');
  return results[0]?.id ?? '';
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const tokens = (changes: object = {}) => ({
  access_token: 'a',
  refresh_token: 'r',
  expires_at: inAnHour(),
  ...changes,
});
const shown = async (id: string) =>
  (await desk.call('GET', `${TENANT}/connections/${id}`)).json as Record<string, string>;
const actionsOn = async (subject: string) => {
  const { entries } = (await desk.call('GET', `${TENANT}/audit?subject=${subject}`)).json as {
    entries: { action: string; actor: string }[];
  };
  return entries.filter(({ actor }) => actor === 'admin-token').map(({ action }) => action);
};

const cancel = (id: string) => desk.call('POST', `${TENANT}/runs/${id}/cancel`);
/** What `work` asks for can not go on record. */
async function withoutRecord(action: string, work: () => Promise<Answer>): Promise<void> {
  const name = `no_${action.replace('.', '_')}`;
  await scene.database.query(
    `ALTER TABLE audit_entries ADD CONSTRAINT ${name} CHECK (action <> '${action}') NOT VALID`,
  );
  try {
    expect((await work()).status).toBe(500);
  } finally {
    await scene.database.query(`ALTER TABLE audit_entries DROP CONSTRAINT ${name}`);
  }
}
const alter = (id: string) =>
  scene.database.query(
    `UPDATE vault_secrets SET sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1) WHERE row_id = $1`,
    [id],
  );
const called = () => scene.server.requests.filter(({ url }) => url === '/hook/t0ps3cret');

describe('a connection', () => {
  it('is renewed when its operator asks, long before it would be', async () => {
    const id = await imported(withTokens('ada', tokens()));
    const before = await shown(id);
    expect(Date.parse(before.next_refresh_at ?? '')).toBeGreaterThan(Date.now() + 1_800_000);
    const asked = await desk.call('POST', `${TENANT}/connections/${id}/refresh`);
    expect(asked.status).toBe(202);
    expect(Date.parse((asked.json as typeof before).next_refresh_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(await actionsOn(id)).toContain('connection.refresh_requested');
    await vi.waitFor(async () => expect((await shown(id)).last_refreshed_at).not.toBe(before.last_refreshed_at), {
      timeout: 10_000,
    });
    const sent = scene.server.requests.filter(({ url }) => url === '/token');
    expect(sent.map(({ body }) => new URLSearchParams(body).get('refresh_token'))).toEqual(['r']);
  });

  it('whose app was away is renewed at once when it is there again', async () => {
    const id = await imported(withTokens('ada', tokens()));
    await scene.database.query(
      `UPDATE connections SET status = 'degraded', due_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
    await desk.call('POST', `${TENANT}/connections/${id}/refresh`);
    await vi.waitFor(async () => expect((await shown(id)).status).toBe('connected'), { timeout: 10_000 });
  });

  it.each<[string, object]>([
    ['has a key', withKey('ada')],
    ['has no refresh token', withTokens('ada', tokens({ refresh_token: undefined }))],
    ['is disabled', withTokens('ada', tokens(), { disabled: true })],
  ])('that %s is not refreshed, and stays as it is', async (_what, connection) => {
    const id = await imported(connection);
    const before = await shown(id);
    const answer = await desk.call('POST', `${TENANT}/connections/${id}/refresh`);
    expectRefusal(answer, 'admin', 409, { code: 'conflict' });
    expect(await shown(id)).toEqual(before);
  });

  it('whose secret was altered is told apart, and can be taken away', async () => {
    const id = await imported(withTokens('ada', tokens()));
    await alter(id);
    const refresh = await desk.call('POST', `${TENANT}/connections/${id}/refresh`);
    expectRefusal(refresh, 'admin', 409, { code: 'conflict' });
    const removed = await desk.call('DELETE', `${TENANT}/connections/${id}`);
    expect(removed.json).toEqual({ id, deleted: true, revocation: 'failed' });
  });

  it('is disconnected, with its third party told and the operator on record', async () => {
    const id = await imported(withTokens('ada', tokens()));
    expect((await desk.call('DELETE', `${TENANT}/connections/${id}`)).json).toEqual({
      id,
      deleted: true,
      revocation: 'revoked',
    });
    expect(scene.server.requests.filter(({ url }) => url === '/revoke')).toHaveLength(1);
    expect((await shown(id)).status).toBe('deleted');
    expect(await actionsOn(id)).toEqual(['connection.revoked', 'connection.deleted', 'connection.created']);
    expectRefusal(await desk.call('DELETE', `${TENANT}/connections/${id}`), 'admin', 404);
  });
});

describe('a run', () => {
  it('that hangs is cancelled for its user, and on record once', async () => {
    const ada = await scene.user('ada');
    const authentication = await imported(withKey('ada'));
    const app = await scene.appId('key-app');
    const action = (await ada.get(`/v2/actions?app=${app}`)).at('data.0.id');
    const reached = new Promise<void>((resolve) => scene.server.answerWith(() => resolve()));
    const data = { action, authentication, inputs: {} };
    const id = (await ada.post('/v2/action-runs', { data })).at('data.id');
    await reached;
    await withoutRecord('run.cancelled', () => cancel(id));
    expect((await ada.get(`/v2/action-runs/${id}`)).at('data.status')).not.toBe('error');
    expect((await cancel(id)).json).toMatchObject({
      id,
      user: 'ada',
      state: 'cancelled',
      finished_at: expect.any(String),
    });
    expect((await cancel(id)).json).toMatchObject({ state: 'cancelled' });
    expect((await ada.get(`/v2/action-runs/${id}`)).at('data.status')).toBe('error');
    expect(await actionsOn(id)).toEqual(['run.cancelled']);
  });
});

describe('a webhook', () => {
  let id: string;
  let token: string;
  const path = () => `${TENANT}/webhooks/${id}`;
  const deliveries = async (query = '') =>
    (
      (await desk.call('GET', `${path()}/deliveries${query}`)).json as {
        deliveries: { id: string; attempts: number }[];
      }
    ).deliveries;

  beforeAll(async () => {
    token = await appToken(scene.gatehouse, scene.partner);
    const url = `${scene.server.origin}/hook/t0ps3cret`;
    id = (await scene.gatehouse.post('/v2/webhooks', { url }, token)).at('data.id');
  });

  it('is shown without the part of its URL that may be a secret', async () => {
    const answer = await desk.call('GET', `${TENANT}/webhooks`);
    expect(answer.json).toMatchObject({ webhooks: [{ id, origin: scene.server.origin, enabled: true }] });
    expect(answer.text).not.toContain('t0ps3cret');
  });

  it('is told again, one delivery or all that failed, and that is on record', async () => {
    await scene.gatehouse.post(`/v2/webhooks/${id}/test`, {}, token);
    await vi.waitFor(async () => expect(await deliveries('?status=delivered')).toHaveLength(1), { timeout: 10_000 });
    const [delivery] = await deliveries();
    const replay = () => desk.call('POST', `${path()}/replay`, { delivery: delivery?.id });
    await withoutRecord('webhook.replayed', replay);
    expect(await deliveries()).toEqual([delivery]);
    const answer = await replay();
    expect([answer.status, answer.json]).toEqual([202, { count: 1, has_more: false }]);
    await vi.waitFor(() => expect(called()).toHaveLength(2), { timeout: 10_000 });
    const since = await desk.call('POST', `${path()}/replay`, { since: '2026-01-01T00:00:00Z' });
    expect(since.json).toEqual({ count: 0, has_more: false });
    expect(await actionsOn(id)).toEqual(['webhook.replayed', 'webhook.replayed']);
  });

  it.each<[string, object, number, string]>([
    ['a delivery that is not there', { delivery: newId() }, 404, '/delivery'],
    ['nothing', {}, 400, ''],
    ['a time that is none', { since: 'yesterday' }, 400, '/since'],
  ])('is not told %s again', async (_what, body, status, pointer) => {
    const answer: Answer = await desk.call('POST', `${path()}/replay`, body);
    expectRefusal(answer, 'admin', status);
    expect((answer.json as { errors: object[] }).errors).toMatchObject([{ pointer }]);
  });

  it('is switched off and on', async () => {
    expect((await desk.call('PATCH', path(), { enabled: false })).json).toMatchObject({ disabled_reason: 'operator' });
    expectRefusal(await desk.call('POST', `${path()}/replay`, { since: '2026-01-01T00:00:00Z' }), 'admin', 409);
    expect((await desk.call('PATCH', path(), { enabled: true })).json).toMatchObject({ enabled: true });
  });

  it('whose secret was altered is shown, switched, told again and taken away, but not changed', async () => {
    const url = `${scene.server.origin}/hook/altered`;
    const altered = (await scene.gatehouse.post('/v2/webhooks', { url }, token)).at('data.id');
    const own = `/v2/webhooks/${altered}`;
    await alter(altered);
    const operators = `${TENANT}/webhooks/${altered}`;
    for (const enabled of [false, true])
      expect((await desk.call('PATCH', operators, { enabled })).json).toMatchObject({ enabled, origin: null });
    expect((await scene.gatehouse.post(`${own}/test`, {}, token)).status).toBe(202);
    const failed = async () => {
      const { json: log } = await desk.call('GET', `${operators}/deliveries?status=failed`);
      return (log as { deliveries: { id: string; error: string; attempts: number }[] }).deliveries;
    };
    const told = { error: 'The URL and the secrets of the webhook do not open any more.', attempts: 0 };
    await vi.waitFor(async () => expect(await failed()).toMatchObject([told]), { timeout: 10_000 });
    const again = await desk.call('POST', `${operators}/replay`, { delivery: (await failed())[0]?.id });
    expect(again.json).toEqual({ count: 1, has_more: false });
    expect((await scene.gatehouse.get(own, token)).json).toMatchObject({ data: { url: null } });
    expectRefusal(await scene.gatehouse.call('PATCH', own, { bearer: token, json: { url } }), 'v2', 409);
    expectRefusal(await scene.gatehouse.post(`${own}/secret`, {}, token), 'v2', 409);
    expect((await scene.gatehouse.call('DELETE', own, { bearer: token })).status).toBe(200);
  });

  it('is not there by the name of another tenant', async () => {
    const foreign = `/admin/tenants/rival/webhooks/${id}`;
    expectRefusal(await desk.call('GET', `${foreign}/deliveries`), 'admin', 404);
    expectRefusal(await desk.call('PATCH', foreign, { enabled: false }), 'admin', 404);
    expectRefusal(await desk.call('POST', `${foreign}/replay`, { since: '2026-01-01T00:00:00Z' }), 'admin', 404);
  });
});

it('nothing of one tenant is reached by the name of another', async () => {
  const id = await imported(withTokens('ada', tokens()));
  for (const [method, path] of [
    ['GET', `connections/${id}`],
    ['POST', `connections/${id}/refresh`],
    ['DELETE', `connections/${id}`],
    ['POST', `runs/${newId()}/cancel`],
    ['POST', 'runs/none/cancel'],
  ] as const)
    expectRefusal(await desk.call(method, `/admin/tenants/rival/${path}`), 'admin', 404);
  expect((await shown(id)).status).toBe('connected');
});
