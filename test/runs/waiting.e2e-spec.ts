import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { json, queryOnce } from '#libs/testing';
import type { EmbedUser } from '../main-job/embed-user.js';
import { expectRefusal } from '../main-job/error-format.js';
import { EventStream } from './event-stream.js';
import { RunScene } from './run-scene.js';

const MANY = 1000;

let scene: RunScene;
let ada: EmbedUser;
let addEntry: string;
let listEntries: string;
/** Of requests to the third party that wait for an answer. */
let held: ServerResponse[];

beforeAll(async () => {
  scene = await RunScene.start();
  ada = await scene.user('ada');
  addEntry = await scene.action(ada, 'add_entry');
  listEntries = await scene.action(ada, 'list_entries');
});
beforeEach(() => {
  held = [];
  scene.thirdParty.answerWith((_, response) => held.push(response));
});
afterAll(() => scene?.close());

const begin = async (action = listEntries, inputs: object = {}, user = ada) =>
  (await user.post('/v2/action-runs', { data: { action, inputs } })).at('data.id');
const arrived = (count = 1) => vi.waitFor(() => expect(held).toHaveLength(count), { timeout: 10_000 });
const answerAll = (body: unknown = { entries: [] }) => {
  for (const response of held.splice(0)) json(200, body)({ method: '', url: '', headers: {}, body: '' }, response);
};

/** How many connections to the database there are, besides those in that state. */
const connections = async (except = '') => {
  const [row] = await queryOnce(
    scene.database.url,
    `SELECT count(*) AS count FROM pg_stat_activity
      WHERE datname = current_database() AND state <> $1 AND pid <> pg_backend_pid()`,
    [except],
  );
  return Number(row?.['count']);
};

describe('?wait=', () => {
  test('answers as soon as the run ends', async () => {
    const id = await begin();
    await arrived();
    const waiting = ada.get(`/v2/action-runs/${id}?wait=30`);
    answerAll({ entries: [1] });
    expect((await waiting).json).toMatchObject({ data: { status: 'success', results: [{ entries: [1] }] } });
  });

  test('knows the run by its id in capitals too', async () => {
    const id = await begin();
    await arrived();
    const waiting = ada.get(`/v2/action-runs/${id.toUpperCase()}?wait=30`);
    answerAll();
    expect((await waiting).json).toMatchObject({ data: { id, status: 'success' } });
  });

  test('answers with how it stands when the time is over', async () => {
    const id = await begin();
    await arrived();
    expect((await ada.get(`/v2/action-runs/${id}?wait=1`)).json).toMatchObject({ data: { status: 'waiting' } });
    answerAll();
  });

  test('of a run that has ended does not wait', async () => {
    const id = await begin();
    await arrived();
    answerAll();
    await ada.ended(id);
    expect((await ada.get(`/v2/action-runs/${id}?wait=30`)).json).toMatchObject({ data: { status: 'success' } });
  });

  test.each(['31', '-1', '1.5', 'x', '1e1'])('refuses %s', async (wait) => {
    expectRefusal(await ada.get(`/v2/action-runs/${await begin()}?wait=${wait}`), 'v2', 400, {
      source: { parameter: 'wait' },
    });
    await arrived();
    answerAll();
  });

  test('tells no other user that the run is there', async () => {
    const bob = await scene.user('bob');
    const id = await begin();
    expectRefusal(await bob.get(`/v2/action-runs/${id}?wait=30`), 'v2', 404);
    expectRefusal(await bob.get(`/v2/action-runs/${id}/events`), 'v2', 404);
    expectRefusal(await bob.post(`/v2/action-runs/${id}/cancel`, {}), 'v2', 404);
    await arrived();
    answerAll();
  });

  test('of a thousand at once holds no database connection, and all are answered', async () => {
    const users = await Promise.all(['cy', 'dee', 'eli', 'flo'].map((name) => scene.user(name)));
    const runs = await Promise.all(users.map(async (user) => ({ user, id: await begin(listEntries, {}, user) })));
    await arrived(runs.length);
    const askAll = (wait: string) =>
      Array.from({ length: MANY / runs.length }, () =>
        runs.map(({ user, id }) => user.get(`/v2/action-runs/${id}${wait}`)),
      );
    await Promise.all(askAll('').flat());
    const without = await connections();
    const waiting = askAll('?wait=30').flat();
    let quietFor = 0;
    await vi.waitFor(
      async () => {
        quietFor = (await connections('idle')) === 0 ? quietFor + 1 : 0;
        expect(quietFor).toBeGreaterThan(5);
      },
      { timeout: 15_000, interval: 50 },
    );
    expect(await connections()).toBeLessThanOrEqual(without);
    answerAll();
    const statuses = (await Promise.all(waiting)).map((answer) => answer.at('data.status'));
    expect([statuses.length, new Set(statuses)]).toEqual([MANY, new Set(['success'])]);
  });
});

describe('the events of a run', () => {
  test('are each change, once, to the end', async () => {
    const id = await begin();
    const stream = await EventStream.open(scene.gatehouse.url, `/v2/action-runs/${id}/events`, ada.token);
    await arrived();
    await stream.until('running');
    answerAll();
    const events = await stream.toEnd();
    const names = events.map(({ event }) => event);
    expect(names.at(-1)).toBe('succeeded');
    expect(new Set(names).size).toBe(names.length);
    expect(JSON.parse(events.at(-1)?.data ?? '')).toMatchObject({ id, status: 'success', results: [{ entries: [] }] });
  });

  test('go on behind Last-Event-ID', async () => {
    const id = await begin();
    await arrived();
    const path = `/v2/action-runs/${id}/events`;
    const first = await EventStream.open(scene.gatehouse.url, path, ada.token);
    const { id: known } = await first.until('running');
    first.close();
    const second = await EventStream.open(scene.gatehouse.url, path, ada.token, { 'last-event-id': known });
    answerAll();
    expect((await second.toEnd()).map(({ event }) => event)).toEqual(['succeeded']);
  });

  test('end with the token that asked for them', async () => {
    const id = await begin();
    await arrived();
    const token = await scene.partner.accessToken('ada', 'action:run');
    const stream = await EventStream.open(scene.gatehouse.url, `/v2/action-runs/${id}/events`, token);
    await stream.until('running');
    const credentials = { client_id: scene.partner.clientId, client_secret: scene.partner.clientSecret };
    await scene.gatehouse.call('POST', '/oauth/revoke', { form: { token, ...credentials } });
    expect((await stream.toEnd()).map(({ event }) => event)).not.toContain('succeeded');
    answerAll();
  });

  test('are no more to a client that knows the end', async () => {
    const id = await begin();
    await arrived();
    answerAll();
    await ada.ended(id);
    const path = `/v2/action-runs/${id}/events`;
    const events = await (await EventStream.open(scene.gatehouse.url, path, ada.token)).toEnd();
    const again = await scene.gatehouse.call('GET', path, {
      bearer: ada.token,
      headers: { 'last-event-id': events.at(-1)?.id ?? '' },
    });
    expect([again.status, again.text]).toEqual([204, '']);
  });

  test('can be read by a page of the origin that its token is for', async () => {
    const origin = 'https://notes.acme.test';
    const token = await scene.partner.browserToken('ada', origin, 'action:run');
    const id = await begin();
    await arrived();
    answerAll();
    const stream = await EventStream.open(scene.gatehouse.url, `/v2/action-runs/${id}/events`, token, { origin });
    expect(stream.headers.get('access-control-allow-origin')).toBe(origin);
    expect((await stream.toEnd()).at(-1)?.event).toBe('succeeded');
  });
});

describe('cancelling', () => {
  test('a run that waits for the third party ends it, and says that it may go on there', async () => {
    const id = await begin(addEntry, { text: 'x' });
    await arrived();
    const waiting = ada.get(`/v2/action-runs/${id}?wait=30`);
    const answer = await ada.post(`/v2/action-runs/${id}/cancel`, {});
    expect(answer.json).toMatchObject({
      data: { id, status: 'error', state: 'cancelled', upstream_may_continue: true },
    });
    expect((await waiting).json).toMatchObject({ data: { state: 'cancelled' } });
    answerAll();
    expect((await ada.post(`/v2/action-runs/${id}/cancel`, {})).json).toEqual(answer.json);
  });

  test('a run that has ended changes nothing', async () => {
    const id = await begin();
    await arrived();
    answerAll();
    const ended = await ada.ended(id);
    expect((await ada.post(`/v2/action-runs/${id}/cancel`, {})).json).toEqual(ended.json);
  });
});

test.each(['api', 'api,worker'])(
  'a process that is stopped as %s answers who waits, with how the run stands',
  async (ROLES) => {
    const other = await scene.another({ ROLES });
    const id = await begin();
    await arrived();
    const waiting = fetch(`${other.url}/v2/action-runs/${id}?wait=30`, {
      headers: { authorization: `Bearer ${ada.token}`, connection: 'close' },
    });
    await vi.waitFor(() => expect(other.logs().join('\n')).toContain('Ready on'), { timeout: 10_000 });
    const [answer, code] = await Promise.all([waiting, other.stop()]);
    expect([answer.status, code]).toEqual([200, 0]);
    expect(await answer.json()).toMatchObject({ data: { status: 'waiting' } });
    answerAll();
  },
);

describe('the list of runs', () => {
  test('is the user’s own, newest first, by status, app and authentication', async () => {
    const eve = await scene.user('eve');
    scene.thirdParty.answerWith(json(200, {}));
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) {
      const made = await eve.post('/v2/action-runs', { data: { action: addEntry, inputs: { text } } });
      ids.push(made.at('data.id'));
      await eve.ended(made.at('data.id'));
    }
    const idsOf = async (query: string) => {
      const { data, meta } = (await eve.get(`/v2/action-runs?${query}`)).json as {
        data: { id: string }[];
        meta: { count: number };
      };
      return [meta.count, ...data.map(({ id }) => id)];
    };
    expect(await idsOf('')).toEqual([3, ...ids.toReversed()]);
    expect(await idsOf('limit=1&offset=1')).toEqual([3, ids[1]]);
    expect(await idsOf('status=success&app=ledger')).toEqual([3, ...ids.toReversed()]);
    expect(await idsOf('status=waiting')).toEqual([0]);
    expect(await idsOf('status=succeeded&app=nothing')).toEqual([0]);
    expect(await idsOf('authentication=nobody')).toEqual([0]);
    expectRefusal(await eve.get('/v2/action-runs?status=done'), 'v2', 400, { source: { parameter: 'status' } });
  });
});
