import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/database';
import { json } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { AdminDesk, withKey, withTokens } from '../registry/admin-desk.js';
import { RegistryScene } from '../registry/registry-scene.js';

const REVOCATIONS = '/admin/tenants/acme-notes/revocations';

interface Revocation {
  id: string;
  state: string;
  total: number;
  disconnected: number;
  revocations: Record<string, number>;
  apps: Record<string, object>;
}

let scene: RegistryScene;
let desk: AdminDesk;

beforeAll(async () => {
  scene = await RegistryScene.start();
  desk = new AdminDesk(scene);
  await Partner.enrol(scene.gatehouse, { slug: 'rival' });
});
beforeEach(async () => {
  await scene.database.query(`DELETE FROM connections`);
  await scene.database.query(`DELETE FROM vault_secrets WHERE kind = 'connection'`);
  await scene.database.query(`DELETE FROM revocation_jobs`);
  await scene.database.query(`DELETE FROM events`);
  scene.server.requests.length = 0;
  scene.server.answerWith(json(200, {}));
});
afterAll(() => scene?.close());

const call = (method: string, path: string, body?: unknown): Promise<Answer> => desk.call(method, path, body);
const plan = async (filter: object = {}) =>
  (await call('POST', REVOCATIONS, { ...filter, dry_run: true })).json as { total: number; apps: object };
const tokens = (user: string) => ({ access_token: `at-${user}`, refresh_token: `rt-${user}` });
const revoked = () =>
  scene.server.requests
    .filter(({ url }) => url === '/revoke')
    .map(({ body }) => new URLSearchParams(body).get('token') ?? '')
    .toSorted((one, other) => one.localeCompare(other));

/** Two users of one org and one of another, each with a connection of two apps. */
async function connectAll(): Promise<void> {
  const people = ['ada', 'bob', 'eve'].map((user) => [user, { org: user === 'eve' ? 'org-2' : 'org-1' }] as const);
  await desk.import(people.map(([user, org]) => withKey(user, { ...org, external_id: `key-${user}` })));
  await desk.import(
    people.map(([user, org]) => withTokens(user, tokens(user), { ...org, external_id: `oauth-${user}` })),
  );
}

/** Until third parties have been told. */
async function revoke(filter: object = {}): Promise<Revocation> {
  const answer = await call('POST', REVOCATIONS, { ...filter, dry_run: false });
  expect(answer.status, answer.text).toBe(202);
  const { id } = answer.json as Revocation;
  for (;;) {
    const revocation = (await call('GET', `${REVOCATIONS}/${id}`)).json as Revocation;
    if (revocation.state === 'finished') return revocation;
  }
}

const left = async () =>
  (
    await scene.database.query<{ name: string }>(
      `SELECT external_id AS name FROM connections WHERE status <> 'deleted' ORDER BY external_id`,
    )
  ).map(({ name }) => name);

describe('a dry run', () => {
  beforeEach(connectAll);

  it('counts by app, and changes nothing', async () => {
    const before = await desk.rows();
    expect(await plan()).toEqual({ dry_run: true, total: 6, apps: { 'key-app': 3, 'oauth-app': 3 } });
    expect(await desk.rows()).toEqual(before);
    expect((await call('GET', REVOCATIONS)).json).toEqual({ revocations: [], next_cursor: null });
  });

  it.each([
    [{ app: 'key-app' }, 3],
    [{ org: 'org-1' }, 4],
    [{ user: 'eve' }, 2],
    [{ org: 'org-1', user: 'eve' }, 0],
    [{ app: 'oauth-app', user: 'ada' }, 1],
    [{ before: '2001-01-01T00:00:00Z' }, 0],
    [{ before: '2101-01-01T00:00:00Z' }, 6],
  ])('of %j counts those', async (filter, total) => {
    expect((await plan(filter)).total).toBe(total);
  });

  it('of another tenant counts none', async () => {
    const answer = await call('POST', '/admin/tenants/rival/revocations', { dry_run: true });
    expect(answer.json).toEqual({ dry_run: true, total: 0, apps: {} });
  });
});

describe('a revocation', () => {
  beforeEach(connectAll);

  it('disconnects all of them, tells the third parties that can be told, and counts how each took it', async () => {
    const done = await revoke();
    expect(done).toMatchObject({ total: 6, disconnected: 6, state: 'finished' });
    expect(done.revocations).toEqual({ pending: 0, revoked: 3, failed: 0, unsupported: 3 });
    expect(done.apps).toMatchObject({ 'key-app': { unsupported: 3 }, 'oauth-app': { revoked: 3 } });
    expect(revoked()).toEqual(['rt-ada', 'rt-bob', 'rt-eve']);
    expect(await left()).toEqual([]);
    expect(await scene.database.query(`SELECT 1 FROM vault_secrets WHERE kind = 'connection'`)).toEqual([]);
    expect(await scene.database.query(`SELECT 1 FROM due_revocations`)).toEqual([]);
  });

  it('is on record: itself, and each connection with it', async () => {
    const { id } = await revoke();
    const entries = await scene.database.query<{ action: string; details: object; subject: string }>(
      `SELECT action, details, subject FROM audit_entries WHERE subject = $1 OR details->>'job' = $1 ORDER BY id`,
      [id],
    );
    const of = (action: string) => entries.filter((entry) => entry.action === action);
    expect(of('revocation.started')).toMatchObject([{ details: { total: 6, app: null, org: null, user: null } }]);
    expect(of('revocation.finished')).toMatchObject([{ details: { disconnected: 6 } }]);
    expect(new Set(of('connection.deleted').map(({ subject }) => subject)).size).toBe(6);
    const subjects = of('connection.deleted').map(({ subject }) => subject);
    const outcomes = await scene.database.query(
      `SELECT 1 FROM audit_entries WHERE action = 'connection.revoked' AND subject = ANY ($1)`,
      [subjects],
    );
    expect(outcomes).toHaveLength(6);
    const events = await scene.database.query(
      `SELECT 1 FROM events WHERE type = 'connection.deleted' AND subject::text = ANY ($1)`,
      [subjects],
    );
    expect(events).toHaveLength(6);
  });

  it.each([
    [{ app: 'oauth-app' }, ['key-ada', 'key-bob', 'key-eve']],
    [{ org: 'org-1' }, ['key-eve', 'oauth-eve']],
    [{ user: 'ada', app: 'key-app' }, ['key-bob', 'key-eve', 'oauth-ada', 'oauth-bob', 'oauth-eve']],
  ])('of %j leaves the others', async (filter, others) => {
    await revoke(filter);
    expect(await left()).toEqual(others);
  });

  it('leaves what was connected since', async () => {
    await scene.database.query(`UPDATE connections SET created_at = '2001-01-01' WHERE external_id = 'key-bob'`);
    await revoke({ before: '2002-01-01T00:00:00Z' });
    expect(await left()).toEqual(['key-ada', 'key-eve', 'oauth-ada', 'oauth-bob', 'oauth-eve']);
  });

  it('takes those that nobody confirmed, and tells no subscriber of them', async () => {
    await scene.database.query(
      `UPDATE connections SET status = 'pending', is_default = false WHERE external_id = 'oauth-ada'`,
    );
    const [pending] = await scene.database.query<{ id: string }>(`SELECT id FROM connections WHERE status = 'pending'`);
    await revoke({ user: 'ada' });
    expect(revoked()).toEqual(['rt-ada']);
    const events = await scene.database.query(
      `SELECT 1 FROM events WHERE type = 'connection.deleted' AND subject = $1`,
      [pending?.id],
    );
    expect(events).toEqual([]);
  });

  it('makes another connection of the same user and app the default where that is gone', async () => {
    await desk.import([withKey('ada', { external_id: 'second' })]);
    await scene.database.query(`UPDATE connections SET created_at = '2001-01-01' WHERE external_id = 'key-ada'`);
    await revoke({ before: '2002-01-01T00:00:00Z' });
    const defaults = await scene.database.query(
      `SELECT external_id FROM connections WHERE is_default AND status <> 'deleted' AND external_id IN ('second', 'key-ada')`,
    );
    expect(defaults).toEqual([{ external_id: 'second' }]);
  });

  it('is done when third parties refuse, and says that they did', async () => {
    scene.server.answerWith(json(400, {}));
    expect(await revoke({ app: 'oauth-app' })).toMatchObject({
      disconnected: 3,
      revocations: { failed: 3, revoked: 0 },
    });
    expect(await left()).toEqual(['key-ada', 'key-bob', 'key-eve']);
  });

  it('that is asked for twice finds nothing the second time', async () => {
    await revoke();
    expect(await revoke()).toMatchObject({ total: 0, disconnected: 0 });
    expect(revoked()).toHaveLength(3);
    const { revocations } = (await call('GET', REVOCATIONS)).json as { revocations: Revocation[] };
    expect(revocations.map(({ total }) => total)).toEqual([0, 6]);
  });
});

it.each<[string, object, string]>([
  ['without a word on dry_run', {}, '/dry_run'],
  ['of an unknown member', { dry_run: true, tenant: 'x' }, '/tenant'],
  ['of an app that nobody connected', { dry_run: true, app: 'nobody' }, '/app'],
  ['before no date', { dry_run: true, before: 'yesterday' }, '/before'],
  ['before a week', { dry_run: true, before: '2026-W01' }, '/before'],
  ['before a day without its dashes', { dry_run: false, before: '20260101' }, '/before'],
  ['of a name that can not be', { dry_run: true, org: '\u0000' }, '/org'],
])('a revocation %s is refused at its place', async (_what, body, pointer) => {
  const answer = await call('POST', REVOCATIONS, body);
  expectRefusal(answer, 'admin', 400, { code: 'invalid' });
  expect(answer.text).toContain(`"${pointer}"`);
});

it("another tenant's revocation is not there", async () => {
  const { id } = (await call('POST', REVOCATIONS, { dry_run: false })).json as Revocation;
  for (const of of [id, newId(), 'x'])
    expectRefusal(await call('GET', `/admin/tenants/rival/revocations/${of}`), 'admin', 404);
});
