import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantCatalog } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import {
  type Answer,
  appDocument,
  claimRow,
  type ConnectionOwner,
  json,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';
import { RunJobs } from './run-jobs.store.js';

type Action = 'plain_write' | 'keyed_write' | 'search' | 'find' | 'fetch_once';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;
let registered: Awaited<ReturnType<typeof registerApp>>;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  const responses = { 200: { description: 'Done' } };
  registered = await registerApp(scene.app, {
    ...appDocument('retried', scene.server.origin),
    paths: {
      '/plain': { post: { operationId: 'plain_write', responses } },
      '/keyed': {
        post: {
          operationId: 'keyed_write',
          parameters: [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } }],
          responses,
        },
      },
      '/search': { post: { operationId: 'search', 'x-gatehouse': { type: 'SEARCH' }, responses } },
      '/find': { get: { operationId: 'find', responses } },
      '/once': { get: { operationId: 'fetch_once', 'x-gatehouse': { type: 'WRITE' }, responses } },
    },
  });
});
beforeEach(async () => {
  const { tenantId, userId } = await scene.newOwner();
  owner = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

const create = (actionKey: Action) =>
  createRun(scene.app, owner.tenantId, { ...owner, actionKey, connectionId, inputs: new Secret({}) });
const claim = (id: string) => claimRow(scene.app, 'run_jobs', id);
const dueOf = async (id: string) =>
  (await scene.app.database.query<{ due_at: Date }>(`SELECT due_at FROM run_jobs WHERE id = $1`, [id]))[0]?.due_at;
const view = async (id: string) => {
  const found = await scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
  return { state: found?.run.state, code: found?.outcome?.errors[0]?.code, outcome: found?.outcome };
};

/** Takes every step when it is due. @returns how the run ended */
async function toEnd(id: string) {
  for (let due = await dueOf(id); due; due = await dueOf(id)) {
    scene.app.clock.advance((due.getTime() - scene.app.clock.now().getTime()) / 1000);
    await scene.app.get(RunExecutor).step(await claim(id));
  }
  return view(id);
}

/** Answers in this order; the last one from then on. */
function answers(...all: Answer[]): void {
  let next = 0;
  scene.server.answerWith((request, response) => (all[Math.min(next++, all.length - 1)] as Answer)(request, response));
}

const lost: Answer = (_, response) => response.destroy();
const done = json(200, { id: 1 });
const keysSent = () => scene.server.requests.map(({ headers }) => headers['idempotency-key']);

describe('a write without a key', () => {
  it.each([
    ['its answer is lost', lost, 'outcome_unknown'],
    ['a gateway answers 502', json(502, {}), 'outcome_unknown'],
    ['a gateway answers 504', json(504, {}), 'outcome_unknown'],
    ['it is answered 500', json(500, {}), 'failed'],
    ['it is answered 503', json(503, {}), 'failed'],
    ['it is answered 409', json(409, {}), 'failed'],
  ])('is sent once when %s', async (_, answer, state) => {
    answers(answer, done);
    for (const action of ['plain_write', 'fetch_once'] as const) {
      expect(await toEnd(await create(action))).toMatchObject({ state });
      answers(answer, done);
    }
  });

  it('stands when its answer calls itself JSON and is none', async () => {
    answers((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'));
    const { state, outcome } = await toEnd(await create('plain_write'));
    expect(state).toBe('failed');
    expect(outcome?.errors).toMatchObject([
      { code: 'partner', detail: expect.stringContaining('What the action did there stands.') as string },
    ]);
    expect(scene.server.requests).toHaveLength(1);
  });

  it('whose worker died is not sent again', async () => {
    answers(done);
    const id = await create('plain_write');
    await scene.app.get(RunJobs).markSent(await claim(id));
    expect(await toEnd(id)).toMatchObject({ state: 'outcome_unknown' });
    expect(scene.server.requests).toEqual([]);
  });
});

describe('a write with a key', () => {
  it.each([
    ['is lost', lost],
    ['comes from a gateway: 504', json(504, {})],
    ['is 500', json(500, {})],
  ])('is sent again with the same key, which is the id of the run, when its answer %s', async (_, answer) => {
    answers(answer, answer, done);
    const id = await create('keyed_write');
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
    expect(keysSent()).toEqual([id, id, id]);
  });

  it('whose worker died is sent again with the same key', async () => {
    answers(done);
    const id = await create('keyed_write');
    await scene.app.get(RunJobs).markSent(await claim(id));
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
    expect(keysSent()).toEqual([id]);
  });

  it('waits for the first one where that is still under way: 409 to a second is no refusal', async () => {
    answers(lost, json(409, { message: 'Under way' }), done);
    expect(await toEnd(await create('keyed_write'))).toMatchObject({ state: 'succeeded' });
  });

  it('has an unknown outcome when no answer comes at all', async () => {
    answers(lost);
    expect(await toEnd(await create('keyed_write'))).toMatchObject({ state: 'outcome_unknown' });
    expect(scene.server.requests).toHaveLength(5);
  });

  it.each([
    ['500', json(500, {})],
    ['403', json(403, {})],
    ['401', json(401, {})],
    ['429', json(429, {}, { 'retry-after': '600' })],
  ])('has an unknown outcome when the first answer is lost and the others are %s', async (_, answer) => {
    answers(lost, answer);
    expect(await toEnd(await create('keyed_write'))).toMatchObject({ state: 'outcome_unknown' });
  });

  it.each([
    [
      'may not be sent',
      () => scene.app.get(TenantCatalog).configure(owner.tenantId, 'retried', { serverUrl: 'http://10.0.0.1' }),
    ],
    ['is redirected', () => Promise.resolve(answers(json(308, {}, { location: '/api/moved' })))],
  ])('has an unknown outcome when the first answer is lost and the next one %s', async (_, change) => {
    answers(lost);
    const id = await create('keyed_write');
    await scene.app.get(RunExecutor).step(await claim(id));
    await change();
    scene.app.clock.advance(6);
    expect(await toEnd(id)).toMatchObject({ state: 'outcome_unknown' });
  });

  it('has failed when every answer says so', async () => {
    answers(json(500, { message: 'Broken' }));
    const ended = await toEnd(await create('keyed_write'));
    expect(ended).toMatchObject({ state: 'failed', outcome: { errors: [{ code: 'partner', detail: 'Broken' }] } });
    expect(scene.server.requests).toHaveLength(5);
  });
});

describe('what only reads', () => {
  it.each<Action>(['find', 'search'])('is sent again until there is an answer: %s', async (action) => {
    answers(lost, json(503, {}), json(200, 'no JSON', { 'content-type': 'text/html' }));
    expect(await toEnd(await create(action))).toMatchObject({ state: 'succeeded' });
    expect(scene.server.requests).toHaveLength(3);
    expect(keysSent()).toEqual([undefined, undefined, undefined]);
  });

  it('follows redirects of its own server, and no further than five', async () => {
    let hop = 0;
    scene.server.answerWith((request, response) => {
      hop += 1;
      json(request.url === '/api/there' ? 200 : 302, { hop }, { location: '/api/there' })(request, response);
    });
    expect(await toEnd(await create('find'))).toMatchObject({ state: 'succeeded', outcome: { results: [{ hop: 2 }] } });
    scene.server.answerWith(json(302, {}, { location: '/api/round' }));
    expect(await toEnd(await create('find'))).toMatchObject({ state: 'failed', code: 'partner' });
    expect(scene.server.requests).toHaveLength(6);
  });

  it('follows none to another server: the token goes nowhere else', async () => {
    const elsewhere = scene.server.origin.replace('127.0.0.1', 'localhost');
    scene.server.answerWith(json(302, {}, { location: `${elsewhere}/api/there` }));
    expect(await toEnd(await create('find'))).toMatchObject({ state: 'failed', code: 'partner' });
    expect(scene.server.requests).toHaveLength(1);
  });
});

describe('429 to a write', () => {
  it('holds it back for as long as it says, and then it is sent', async () => {
    answers(json(429, {}, { 'retry-after': '17' }), done);
    const id = await create('plain_write');
    await scene.app.get(RunExecutor).step(await claim(id));
    const due = await dueOf(id);
    expect(due).toEqual(scene.app.clock.in(17));
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
    expect(scene.server.requests).toHaveLength(2);
  });

  it('holds back all runs of the account, in every process, and no others', async () => {
    await using other = await scene.startAnother();
    answers(json(429, {}, { 'retry-after': '17' }), done);
    await scene.app.get(RunExecutor).step(await claim(await create('plain_write')));
    const second = await create('find');
    await other.get(RunExecutor).step(await claim(second));
    expect(scene.server.requests).toHaveLength(1);
    const due = (await dueOf(second))?.getTime() ?? 0;
    expect(due).toBeGreaterThanOrEqual(scene.app.clock.in(17).getTime());
    const { tenantId, userId } = await scene.newOwner();
    owner = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
    connectionId = await scene.connect(owner);
    expect(await toEnd(await create('find'))).toMatchObject({ state: 'succeeded' });
  });

  it('ends it as throttled when it has no time for that', async () => {
    answers(json(429, {}, { 'retry-after': '600' }));
    expect(await toEnd(await create('plain_write'))).toMatchObject({
      state: 'failed',
      outcome: { errors: [{ code: 'throttled', delay: 600 }] },
    });
  });
});
