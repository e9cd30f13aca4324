import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantCatalog } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import {
  type Answer,
  claimRow,
  type ConnectionOwner,
  json,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { RunCreation, Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string | null;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

type Action = 'create_thing' | 'find_things';

const dueOf = async (id: string) =>
  (await scene.app.database.query<{ due_at: Date }>(`SELECT due_at FROM run_jobs WHERE id = $1`, [id]))[0]?.due_at;

/** Runs an action to its end, however often it takes a step. */
async function run(actionKey: Action) {
  const runs = scene.app.get(Runs);
  const inputs = new Secret<Record<string, unknown>>(actionKey === 'create_thing' ? { name: 'Ada' } : {});
  const id = await createRun(scene.app, owner.tenantId, { ...owner, actionKey, connectionId, inputs });
  for (let due = await dueOf(id); due; due = await dueOf(id)) {
    scene.app.clock.advance((due.getTime() - scene.app.clock.now().getTime()) / 1000);
    await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  }
  const view = await runs.find(owner.tenantId, owner.userId, id);
  const jobs = await scene.app.database.query(`SELECT id FROM run_jobs WHERE id = $1`, [id]);
  return { state: view?.run.state, finishedAt: view?.run.finishedAt, outcome: view?.outcome, jobs };
}

const useServer = (serverUrl: string) =>
  scene.app.get(TenantCatalog).configure(owner.tenantId, 'acme-crm', { serverUrl });

describe('a run that the app answers', () => {
  it('sends one request, with the inputs and the credentials', async () => {
    scene.server.answerWith(json(200, { id: 'thing-1' }));
    await run('create_thing');
    expect(scene.server.requests).toMatchObject([
      {
        method: 'POST',
        url: '/api/things',
        headers: { authorization: 'Bearer access-1', 'content-type': 'application/json' },
        body: '{"name":"Ada"}',
      },
    ]);
  });

  it.each([200, 201])('with %i has succeeded with the answer as its result, and its job is done', async (status) => {
    scene.server.answerWith(json(status, { id: 'thing-1' }));
    expect(await run('create_thing')).toEqual({
      state: 'succeeded',
      finishedAt: scene.app.clock.now(),
      outcome: { state: 'succeeded', results: [{ id: 'thing-1' }], errors: [] },
      jobs: [],
    });
  });

  it('with 204 has succeeded without a result', async () => {
    scene.server.answerWith((_, response) => response.writeHead(204).end());
    expect(await run('create_thing')).toMatchObject({ outcome: { state: 'succeeded', results: [] }, jobs: [] });
  });

  it.each([
    [400, 'user', 'Name is taken'],
    [404, 'user', 'Name is taken'],
    [422, 'user', 'Name is taken'],
    [403, 'authentication', 'Name is taken'],
    [500, 'partner', 'Name is taken'],
    [503, 'partner', 'Name is taken'],
  ])("with %i has failed as %s, in the app's own words", async (status, code, detail) => {
    scene.server.answerWith(json(status, { message: detail }));
    expect(await run('create_thing')).toMatchObject({
      state: 'failed',
      outcome: { state: 'failed', results: [], errors: [{ code, detail }] },
      jobs: [],
    });
  });

  it.each([
    ['RFC 9457', { type: 'about:blank', title: 'Bad', detail: 'Name is taken' }],
    ['a nested error', { error: { code: 17, message: 'Name is taken' } }],
    ['a list of errors', { errors: [{ field: 'name', message: 'Name is taken' }] }],
    ['a list of sentences', { errors: ['Name is taken'] }],
  ])('finds the sentence in %s', async (_, body) => {
    scene.server.answerWith(json(422, body));
    expect(await run('create_thing')).toMatchObject({ outcome: { errors: [{ detail: 'Name is taken' }] } });
  });

  it('quotes no page of HTML', async () => {
    scene.server.answerWith((_, response) => response.writeHead(500).end('<html>stack trace</html>'));
    expect(await run('create_thing')).toMatchObject({ outcome: { errors: [{ detail: 'Acme CRM answered 500.' }] } });
  });

  it.each([
    ['what it asks for', { 'retry-after': '180' }, 180],
    ['a minute when it names nothing', {}, 60],
  ])('with 429 to the end of its time has failed as throttled, to wait %s', async (_, headers: object, delay) => {
    scene.server.answerWith(json(429, { message: 'Slow down' }, { ...headers }));
    expect(await run('create_thing')).toMatchObject({
      state: 'failed',
      outcome: { errors: [{ code: 'throttled', delay, detail: 'Slow down' }] },
    });
  });

  it('has failed as system when the action is no longer offered, and calls nobody', async () => {
    scene.server.answerWith(json(200, {}));
    await scene.app.get(TenantCatalog).configure(owner.tenantId, 'acme-crm', { enabled: false });
    expect(await run('create_thing')).toMatchObject({ state: 'failed', outcome: { errors: [{ code: 'system' }] } });
    expect(scene.server.requests).toEqual([]);
  });
});

describe('a run that gets no answer', () => {
  it.each<Action>(['create_thing', 'find_things'])(
    'has failed as partner when %s could not be sent at all',
    async (action) => {
      await useServer('http://127.0.0.1:1');
      expect(await run(action)).toMatchObject({ state: 'failed', outcome: { errors: [{ code: 'partner' }] } });
    },
  );

  it('has failed as partner when the connection breaks on a GET', async () => {
    scene.server.answerWith((_, response) => response.destroy());
    expect(await run('find_things')).toMatchObject({
      state: 'failed',
      outcome: { errors: [{ code: 'partner' }] },
      jobs: [],
    });
  });

  it.each<[string, Answer]>([
    ['before the answer', (_, response) => response.destroy()],
    [
      'within the answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"id":');
        setImmediate(() => response.destroy());
      },
    ],
  ])('has an unknown outcome when the connection breaks %s to a POST, and is never sent again', async (_, answer) => {
    scene.server.answerWith(answer);
    expect(await run('create_thing')).toMatchObject({
      state: 'outcome_unknown',
      outcome: { state: 'outcome_unknown', results: [], errors: [{ code: 'system' }] },
      jobs: [],
    });
    expect(scene.server.requests).toHaveLength(1);
  });
});

describe('a run without a usable connection', () => {
  it.each(['pending', 'needs_reauth', 'disabled'])(
    'has failed as authentication while it is %s, and calls nobody',
    async (status) => {
      scene.server.answerWith(json(200, {}));
      await scene.app.database.query(`UPDATE connections SET status = $2 WHERE id = $1`, [connectionId, status]);
      expect(await run('find_things')).toMatchObject({
        state: 'failed',
        outcome: { errors: [{ code: 'authentication' }] },
      });
      expect(scene.server.requests).toEqual([]);
    },
  );

  it("has failed as authentication with another tenant's connection, whose token is not used", async () => {
    scene.server.answerWith(json(200, {}));
    const foreign = await scene.connect(await scene.newOwner());
    const values = { ...owner, actionKey: 'find_things', connectionId, inputs: new Secret({}) };
    const created = await scene.app
      .get(RunCreation)
      .create(owner.tenantId, { ...values, appVersion: 1, connectionId: foreign });
    expect(created).toEqual({ kind: 'no_connection' });
    const id = await createRun(scene.app, owner.tenantId, values);
    await scene.app.database.query(`UPDATE runs SET connection_id = $2 WHERE id = $1`, [id, foreign]);
    await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
    const view = await scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
    expect(view).toMatchObject({ outcome: { errors: [{ code: 'authentication' }] } });
    expect(scene.server.requests).toEqual([]);
  });

  it('still runs while it is degraded: its token may be good', async () => {
    scene.server.answerWith(json(200, {}));
    await scene.app.database.query(`UPDATE connections SET status = 'degraded' WHERE id = $1`, [connectionId]);
    expect(await run('find_things')).toMatchObject({ state: 'succeeded' });
  });

  it('sends no credentials when the run has no connection', async () => {
    scene.server.answerWith(json(200, {}));
    connectionId = null;
    expect(await run('find_things')).toMatchObject({ state: 'succeeded' });
    expect(scene.server.requests[0]?.headers.authorization).toBeUndefined();
  });
});
