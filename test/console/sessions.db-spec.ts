import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { RegistryScene } from '../registry/registry-scene.js';

const KEYS = '/admin/tenants/acme-notes/keys';

let scene: RegistryScene;
let own: Record<string, string>;

beforeAll(async () => {
  scene = await RegistryScene.start();
  await Partner.enrol(scene.gatehouse, { slug: 'rival' });
  own = { origin: scene.gatehouse.url, 'sec-fetch-site': 'same-origin', 'x-gatehouse-console': '1' };
});
afterAll(() => scene?.close());

const call = (method: string, path: string, headers: Record<string, string> = {}, json?: unknown): Promise<Answer> =>
  scene.gatehouse.call(method, path, { headers, ...(json !== undefined && { json }) });

async function makeKey(body: object): Promise<{ id: string; key: string }> {
  return (await scene.gatehouse.admin('POST', '/admin/keys', body)).json as { id: string; key: string };
}

/** @returns what the browser sends from then on */
async function signIn(token: string): Promise<string> {
  const answer = await call('POST', '/console/session', own, { token });
  expect(answer.status, answer.text).toBe(201);
  return cookieOf(answer);
}

function cookieOf(answer: Answer): string {
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

const sessionOf = async (cookie: string) =>
  ((await call('GET', '/console/session', { ...own, cookie })).json as { session: object | null }).session;

describe('signing in', () => {
  it('gives a cookie that no script reads and no other site sends, and never the token', async () => {
    const answer = await call('POST', '/console/session', own, { token: scene.gatehouse.adminToken });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^gatehouse-console=gate_cn_[\w-]{22}\.[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie + answer.text).not.toContain(scene.gatehouse.adminToken);
    const [row] = await scene.database.query<{ row: string }>(`SELECT s::text AS row FROM console_sessions s`);
    expect(row?.row).not.toContain(cookieOf(answer).slice(-43));
    expect(answer.json).toMatchObject({ session: { actor: 'admin-token', tenant: null, read_only: false } });
  });

  it.each([
    ['a wrong token', 'x'.repeat(43), 401, 'authentication_failed'],
    ['a key that was never made', `gate_ak_${'A'.repeat(22)}.${'A'.repeat(43)}`, 401, 'authentication_failed'],
    ['no token', '', 400, 'invalid'],
  ])('with %s is refused', async (_what, token, status, code) => {
    const answer = await call('POST', '/console/session', own, { token });
    expectRefusal(answer, 'admin', status, { code });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['another origin', { origin: 'https://evil.test', 'sec-fetch-site': undefined }],
    ['another site', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the same site', { origin: undefined, 'sec-fetch-site': 'same-site' }],
    ['a form', { 'x-gatehouse-console': undefined }],
    ['nobody knows where', { origin: undefined, 'sec-fetch-site': undefined }],
  ])('from %s is refused', async (_where, changes) => {
    const answer = await call('POST', '/console/session', headersWith(changes), { token: scene.gatehouse.adminToken });
    expectRefusal(answer, 'admin', 403, { code: 'permission_denied' });
  });

  it('is on record, and so is signing out', async () => {
    const { id, key } = await makeKey({ name: 'recorded', tenant: 'acme-notes' });
    const cookie = await signIn(key);
    expect((await call('DELETE', '/console/session', { ...own, cookie })).status).toBe(204);
    const { entries } = (await scene.gatehouse.admin('GET', `/admin/tenants/acme-notes/audit?subject=${id}`)).json as {
      entries: { action: string; actor: string }[];
    };
    expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
      ['console.signed_out', `admin-key:${id}`],
      ['console.signed_in', `admin-key:${id}`],
      ['admin_key.created', 'admin-token'],
    ]);
  });
});

function headersWith(changes: Record<string, string | undefined>): Record<string, string> {
  const given = Object.entries({ ...own, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

describe('the cookie', () => {
  let cookie: string;
  beforeAll(async () => {
    cookie = await signIn(scene.gatehouse.adminToken);
  });

  it('reads and changes what its token reads and changes', async () => {
    expect((await call('GET', KEYS, { ...own, cookie })).status).toBe(200);
    expect((await call('POST', `${KEYS}/rotate`, { ...own, cookie })).status).toBe(201);
    const { entries } = (await scene.gatehouse.admin('GET', '/admin/tenants/acme-notes/audit?action=key.created'))
      .json as { entries: { actor: string }[] };
    expect(entries[0]?.actor).toBe('admin-token');
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['another origin', { origin: 'https://evil.test', 'sec-fetch-site': undefined }],
    ['the origin "null"', { origin: 'null', 'sec-fetch-site': undefined }],
    ['another site', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('is worth nothing from %s', async (_where, changes) => {
    const headers = { ...headersWith(changes), cookie };
    for (const [method, path] of [
      ['GET', KEYS],
      ['POST', `${KEYS}/rotate`],
      ['DELETE', '/console/session'],
    ] as const)
      expectRefusal(await call(method, path, headers), 'admin', 403, { code: 'permission_denied' });
    expect(await sessionOf(cookie)).not.toBeNull();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['without the header that a form can not send', { 'x-gatehouse-console': undefined }],
    ['when nobody says where it comes from', { origin: undefined, 'sec-fetch-site': undefined }],
  ])('changes nothing %s', async (_what, changes) => {
    const headers = { ...headersWith(changes), cookie };
    expectRefusal(await call('POST', `${KEYS}/rotate`, headers), 'admin', 403, { code: 'permission_denied' });
    expectRefusal(await call('POST', '/admin/apps', headers), 'admin', 403, { code: 'permission_denied' });
  });

  it('does not speak for a bearer that is wrong', async () => {
    const answer = await call('GET', KEYS, { ...own, cookie, authorization: 'Bearer wrong' });
    expectRefusal(answer, 'admin', 401, { code: 'authentication_failed' });
  });

  it('of another kind, or altered, opens nothing', async () => {
    for (const altered of [`${cookie.slice(0, -2)}AA`, 'gatehouse-console=x', cookie.replace('gate_cn_', 'gate_ak_')])
      expectRefusal(await call('GET', KEYS, { ...own, cookie: altered }), 'admin', 401, { code: 'not_authenticated' });
  });

  it('is worth nothing once its time is over', async () => {
    const ending = await signIn(scene.gatehouse.adminToken);
    await scene.database.query(`UPDATE console_sessions SET expires_at = created_at WHERE created_at =
      (SELECT max(created_at) FROM console_sessions)`);
    expectRefusal(await call('GET', KEYS, { ...own, cookie: ending }), 'admin', 401, { code: 'not_authenticated' });
    expect(await sessionOf(ending)).toBeNull();
  });

  it('is worth nothing after signing out, and the browser is told to forget it', async () => {
    const ended = await signIn(scene.gatehouse.adminToken);
    const answer = await call('DELETE', '/console/session', { ...own, cookie: ended });
    expect(answer.headers.get('set-cookie')).toMatch(/^gatehouse-console=; .*Expires=Thu, 01 Jan 1970/);
    expectRefusal(await call('GET', KEYS, { ...own, cookie: ended }), 'admin', 401, { code: 'not_authenticated' });
  });
});

describe('a session of an admin key', () => {
  it('ends with the key at once', async () => {
    const { id, key } = await makeKey({ name: 'revoked' });
    const cookie = await signIn(key);
    expect((await call('GET', KEYS, { ...own, cookie })).status).toBe(200);
    await scene.gatehouse.admin('DELETE', `/admin/keys/${id}`);
    expectRefusal(await call('GET', KEYS, { ...own, cookie }), 'admin', 401, { code: 'not_authenticated' });
    expect(await sessionOf(cookie)).toBeNull();
  });

  it('lives no longer than its key, also when that end is brought forward', async () => {
    const endsAt = new Date(Date.now() + 60_000).toISOString();
    const { id, key } = await makeKey({ name: 'ending', expires_at: endsAt });
    const cookie = await signIn(key);
    expect(await sessionOf(cookie)).toMatchObject({ expires_at: endsAt });
    await scene.database.query(`UPDATE admin_keys SET expires_at = created_at WHERE id = $1`, [id]);
    expectRefusal(await call('GET', KEYS, { ...own, cookie }), 'admin', 401, { code: 'not_authenticated' });
  });

  it('of one tenant reaches no other, and not the platform', async () => {
    const cookie = await signIn((await makeKey({ name: 'of rival', tenant: 'rival' })).key);
    expect(await sessionOf(cookie)).toMatchObject({ tenant: 'rival', name: 'of rival' });
    expect((await call('GET', '/admin/tenants/rival', { ...own, cookie })).status).toBe(200);
    expectRefusal(await call('GET', KEYS, { ...own, cookie }), 'admin', 404);
    expectRefusal(await call('GET', '/admin/keys', { ...own, cookie }), 'admin', 403);
  });

  it('ends while its tenant is disabled', async () => {
    const cookie = await signIn((await makeKey({ name: 'of rival', tenant: 'rival' })).key);
    await scene.gatehouse.admin('PATCH', '/admin/tenants/rival', { disabled: true });
    expectRefusal(await call('GET', '/admin/tenants/rival', { ...own, cookie }), 'admin', 401);
    await scene.gatehouse.admin('PATCH', '/admin/tenants/rival', { disabled: false });
  });

  it('that may only read changes nothing', async () => {
    const cookie = await signIn((await makeKey({ name: 'reader', read_only: true })).key);
    expect((await call('GET', KEYS, { ...own, cookie })).status).toBe(200);
    const answer = await call('POST', `${KEYS}/rotate`, { ...own, cookie });
    expectRefusal(answer, 'admin', 403, { detail: 'This admin key may only read. Use one that may write.' });
  });
});
