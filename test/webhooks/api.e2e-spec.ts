import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type HttpServer, startHttpServer } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Partner } from '../main-job/partner.js';
import { appToken, HookApp } from './hook-app.js';
import { ok } from './webhook-scene.js';

const NOBODY = '01a20000-0000-7000-8000-000000000000';

let app: HookApp;
let receiver: HttpServer;
let url: string;
let stranger: string;

beforeAll(async () => {
  app = await HookApp.start('api,worker');
  receiver = await startHttpServer();
  receiver.answerWith(ok);
  url = `${receiver.origin}/hook`;
  stranger = await appToken(app.gatehouse, await Partner.enrol(app.gatehouse, { slug: 'stranger' }));
});
afterAll(async () => {
  await app?.close();
  await receiver?.close();
});

const routes = [
  ['POST', ''],
  ['GET', ''],
  ['GET', `/${NOBODY}`],
  ['PATCH', `/${NOBODY}`],
  ['DELETE', `/${NOBODY}`],
  ['GET', `/${NOBODY}/deliveries`],
  ['POST', `/${NOBODY}/replay`],
  ['POST', `/${NOBODY}/secret`],
  ['POST', `/${NOBODY}/test`],
] as const;
const bodies: Record<string, unknown> = { replay: { since: '2026-01-01T00:00:00Z' } };
const bodyOf = (method: string, path: string) =>
  method === 'GET' || method === 'DELETE' ? undefined : (bodies[path.split('/')[2] ?? ''] ?? { url });

describe.each(routes)('%s /v2/webhooks%s', (method, path) => {
  test('refuses whoever has no token, a token of a user, and one of another scope', async () => {
    const body = bodyOf(method, path);
    const user = await EmbedUser.signIn(app.gatehouse, app.partner, 'ada');
    const scope = method === 'GET' ? 'webhook:write' : 'webhook:read';
    const other = await appToken(app.gatehouse, app.partner, scope);
    expect((await app.gatehouse.call(method, `/v2/webhooks${path}`, { json: body })).status).toBe(401);
    expect((await app.gatehouse.call(method, `/v2/webhooks${path}?client_id=${app.partner.clientId}`)).status).toBe(
      401,
    );
    for (const token of [user.token, other]) {
      const answer = await app.call(method, path, body, token);
      expect([answer.status, answer.at('errors.0.code')]).toEqual([403, 'permission_denied']);
    }
  });
});

test.each(routes.filter(([, path]) => path !== ''))(
  '%s /v2/webhooks%s finds nothing where there is none, nor where it is another tenant’s',
  async (method, path) => {
    const { id } = await app.subscribe(url);
    const theirs = await app.call(method, path.replace(NOBODY, id), bodyOf(method, path), stranger);
    expect([theirs.status, theirs.at('errors.0.code')]).toEqual([404, 'not_found']);
    for (const none of [NOBODY, 'none'])
      expect((await app.call(method, path.replace(NOBODY, none), bodyOf(method, path))).status).toBe(404);
    expect((await app.call('DELETE', `/${id}`)).status).toBe(200);
  },
);

test('a webhook is made, read, changed and deleted; its secret is shown once', async () => {
  const created = await app.call('POST', '', { data: { url, events: ['run.failed'] } });
  expect(created.status).toBe(201);
  const id = created.at('data.id');
  expect(created.at('data.secret')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(created.json).toMatchObject({ data: { type: 'webhook', url, events: ['run.failed'], enabled: true } });
  expect((await app.call('GET', `/${id}`)).json).toMatchObject({ data: { id, url } });
  const changed = await app.call('PATCH', `/${id}`, { events: null, url: `${url}/2`, enabled: false });
  expect(changed.json).toMatchObject({
    data: { id, url: `${url}/2`, events: null, enabled: false, disabled_reason: 'owner' },
  });
  for (const path of ['test', 'replay'])
    expect((await app.call('POST', `/${id}/${path}`, { since: '2026-01-01T00:00:00Z' })).status).toBe(409);
  expect((await app.call('PATCH', `/${id}`, { data: { enabled: true } })).json).toMatchObject({
    data: { enabled: true, disabled_reason: null, disabled_at: null },
  });
  const list = await app.call('GET', '');
  expect(list.json).toMatchObject({ data: [{ id }], links: { next: null, prev: null }, meta: { count: 1 } });
  expect((await app.call('DELETE', `/${id}`)).json).toEqual({ data: { type: 'webhook', id, deleted: true } });
  expect((await app.call('GET', `/${id}`)).status).toBe(404);
  const shown = app.gatehouse.bodies.filter((body) => body.includes(created.at('data.secret')));
  expect(shown).toHaveLength(1);
  const audit = await app.gatehouse.admin('GET', `/admin/tenants/${app.partner.slug}/audit?subject=${id}`);
  const { entries } = audit.json as { entries: { action: string; actor: string }[] };
  expect(entries.map(({ action }) => action)).toEqual([
    'webhook.deleted',
    'webhook.changed',
    'webhook.changed',
    'webhook.created',
  ]);
  expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set([`client:${app.partner.clientId}`]));
});

test.each([
  ['no url', {}, '/data/url'],
  ['a url that is none', { url: 'hook' }, '/data/url'],
  ['a url in the clear', { url: 'http://hooks.example.com/' }, '/data/url'],
  ['a url with a password', { url: 'https://ada:pw@hooks.example.com/' }, '/data/url'],
  ['a url inside', { url: 'https://169.254.169.254/latest' }, '/data/url'],
  ['a url that is too long', { url: `https://hooks.example.com/${'x'.repeat(2048)}` }, '/data/url'],
  ['an event that there is not', { url: 'https://1.1.1.1/', events: ['connection.exploded'] }, '/data/events'],
  ['no event', { url: 'https://1.1.1.1/', events: [] }, '/data/events'],
  ['an event twice', { url: 'https://1.1.1.1/', events: ['run.failed', 'run.failed'] }, '/data/events'],
  ['events that are no list', { url: 'https://1.1.1.1/', events: 'run.failed' }, '/data/events'],
])('a webhook with %s is refused', async (_, data, pointer) => {
  const answer = await app.call('POST', '', { data });
  expect([answer.status, answer.at('errors.0.source.pointer')]).toEqual([400, pointer]);
});

test.each([
  ['replay', {}, '/data'],
  ['replay', { delivery: NOBODY, since: '2026-01-01T00:00:00Z' }, '/data'],
  ['replay', { since: 'yesterday' }, '/data/since'],
  ['replay', { since: '2026-13-01T00:00:00Z' }, '/data/since'],
  ['replay', { delivery: 7 }, '/data/delivery'],
  ['secret', { overlap_seconds: -1 }, '/data/overlap_seconds'],
  ['secret', { overlap_seconds: 604_801 }, '/data/overlap_seconds'],
])('POST …/%s with %j is refused', async (path, data, pointer) => {
  const { id } = await app.subscribe(url);
  const answer = await app.call('POST', `/${id}/${path}`, { data });
  expect([answer.status, answer.at('errors.0.source.pointer')]).toEqual([400, pointer]);
  await app.call('DELETE', `/${id}`);
});

test('a test arrives within a moment; the log is read in pages, and what is in it is sent again', async () => {
  const { id, secret } = await app.subscribe(url);
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.unshift((await app.call('POST', `/${id}/test`)).at('data.id'));
  const arrived = () => receiver.requests.filter(({ headers }) => ids.includes(String(headers['webhook-id'])));
  await vi.waitFor(() => expect(arrived()).toHaveLength(3), { timeout: 10_000 });
  for (const { body, headers } of arrived())
    expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'webhook.test',
    });
  await vi.waitFor(
    async () => {
      const log = await app.call('GET', `/${id}/deliveries?limit=2&status=delivered`);
      expect(log.json).toMatchObject({ data: ids.slice(0, 2).map((of) => ({ id: of })) });
    },
    { timeout: 10_000 },
  );
  const first = await app.call('GET', `/${id}/deliveries?limit=2`);
  expect(first.json).toMatchObject({
    data: [
      { type: 'webhook_delivery', event: 'webhook.test', status: 'delivered', attempts: 1, response_status: 204 },
      {},
    ],
  });
  const { pathname, search } = new URL(first.at('links.next'));
  const next = await app.gatehouse.get(pathname + search, app.token);
  expect(next.json).toMatchObject({ data: [{ id: ids[2] }], links: { next: null, prev: null } });
  expect((await app.call('POST', `/${id}/replay`, { delivery: ids[0] })).json).toEqual({
    data: { type: 'webhook_replay', count: 1, has_more: false },
  });
  await vi.waitFor(() => expect(arrived()).toHaveLength(4), { timeout: 10_000 });
  expect((await app.call('POST', `/${id}/replay`, { delivery: NOBODY })).status).toBe(404);
  expect((await app.call('GET', `/${id}/deliveries?status=lost`)).status).toBe(400);
  await app.call('DELETE', `/${id}`);
});

test('a request with an Idempotency-Key makes one webhook, and answers its secret again', async () => {
  const again = () =>
    app.gatehouse.call('POST', '/v2/webhooks', {
      bearer: app.token,
      json: { url },
      headers: { 'idempotency-key': 'hook-1' },
    });
  const [first, second] = [await again(), await again()];
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(second.json).toEqual(first.json);
  expect((await app.call('GET', '')).json).toMatchObject({ meta: { count: 1 } });
  await app.call('DELETE', `/${first.at('data.id')}`);
});
