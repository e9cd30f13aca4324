import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import { Events } from '#libs/events';
import {
  type Answer,
  appDocument,
  claimRow,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  storeRefreshed,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { ActionDurations } from './action-durations.js';
import { Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;
let registered: Awaited<ReturnType<typeof registerApp>>;

const responses = { 200: { description: 'Done' } };
const body = { type: 'object', properties: { list: { type: 'string' } } };
const poll = {
  operationId: 'getJob',
  parameters: { id: '/job/id', list: { input: 'list' } },
  until: { path: 'state', in: ['done', 'empty'] },
  fails: { path: 'state', equals: 'broken' },
};

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  const parameters = [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'list', in: 'query', schema: { type: 'string' } },
  ];
  const posting = (operationId: string, extended: object) => ({
    operationId,
    requestBody: { content: { 'application/json': { schema: body } } },
    'x-gatehouse': extended,
    responses,
  });
  registered = await registerApp(scene.app, {
    ...appDocument('polled', scene.server.origin),
    paths: {
      '/by-operation': { post: posting('by_operation', { poll }) },
      '/long': { post: posting('long', { poll: { ...poll, interval_seconds: 600, timeout_seconds: 86_400 } }) },
      '/by-location': { post: posting('by_location', {}) },
      '/jobs/{id}': { get: { operationId: 'getJob', 'x-gatehouse': { hidden: true }, parameters, responses } },
    },
  });
});
beforeEach(async () => {
  const { tenantId, userId } = await scene.newOwner();
  owner = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

const create = (actionKey: string, inputs: Record<string, unknown> = {}) =>
  createRun(scene.app, owner.tenantId, { ...owner, actionKey, connectionId, inputs: new Secret(inputs) });
const jobOf = async (id: string) =>
  (await scene.app.database.query<{ due_at: Date; polls: number }>(`SELECT * FROM run_jobs WHERE id = $1`, [id]))[0];
const view = (id: string) => scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
const eventsOf = (id: string) => scene.app.get(Events).of(owner.tenantId, id);

/** The next step, when it is due. @returns seconds until then */
async function step(id: string, answer: Answer): Promise<number> {
  const due = (await jobOf(id))?.due_at.getTime() ?? Number.NaN;
  const seconds = (due - scene.app.clock.now().getTime()) / 1000;
  if (seconds > 0) scene.app.clock.advance(seconds);
  scene.server.answerWith(answer);
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  return seconds;
}

const nonsense: Answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');

async function begun(answer: Answer = json(202, {}, { location: '/api/jobs/7' })): Promise<string> {
  const id = await create('by_location');
  await step(id, answer);
  return id;
}

describe('an action that its document says how to poll', () => {
  it('is looked at with the operation that it names, with values of its answer and of its inputs', async () => {
    const id = await create('by_operation', { list: 'a b' });
    await step(id, json(201, { job: { id: 'j/1' } }));
    expect((await view(id))?.run.state).toBe('polling');
    await step(id, json(200, { state: 'doing' }));
    expect(scene.server.requests).toMatchObject([
      { method: 'GET', url: '/api/jobs/j%2F1?list=a%20b', headers: { authorization: 'Bearer access-1' } },
    ]);
    await step(id, json(200, { state: 'done', rows: 3 }));
    expect((await view(id))?.outcome).toMatchObject({ state: 'succeeded', results: [{ state: 'done', rows: 3 }] });
  });

  it('has failed when its answer says so, in its own words', async () => {
    const id = await create('by_operation');
    await step(id, json(201, { job: { id: 1 } }));
    await step(id, json(200, { state: 'broken', message: 'Out of paper' }));
    expect((await view(id))?.outcome).toMatchObject({
      state: 'failed',
      errors: [{ code: 'partner', detail: 'Out of paper' }],
    });
  });

  it('is done at once when its first answer says so', async () => {
    const id = await create('by_operation');
    await step(id, json(200, { state: 'empty' }));
    expect((await view(id))?.outcome?.state).toBe('succeeded');
  });

  it('has an unknown outcome when its answer lacks what a look needs: it was carried out, and nobody sees how', async () => {
    const id = await create('by_operation');
    await step(id, json(201, { other: 1 }));
    expect((await view(id))?.run.state).toBe('outcome_unknown');
  });

  it('is looked at as often, and for as long, as the document says', async () => {
    // A token without an end: nobody renews one here.
    connectionId = await scene.connect(owner, oauth2Credentials(scene.app, { expiresAt: null }));
    const id = await create('long');
    await step(id, json(201, { job: { id: 1 } }));
    const waits: number[] = [];
    while ((await jobOf(id)) && waits.length < 200) waits.push(await step(id, json(200, { state: 'doing' })));
    expect(Math.min(...waits.slice(0, -1))).toBeGreaterThanOrEqual(600);
    expect(Math.max(...waits)).toBeLessThanOrEqual(720);
    const ended = await view(id);
    expect(ended?.outcome).toMatchObject({ errors: [{ code: 'system', title: 'Timed out' }] });
    expect(ended?.run.finishedAt?.getTime()).toBe((ended?.run.createdAt.getTime() ?? 0) + 86_400_000);
  });
});

describe('a third party with troubles of its own (P5)', () => {
  it('500 five times, and then the result: the run has succeeded', async () => {
    const id = await begun();
    for (let time = 0; time < 5; time += 1) await step(id, json(500, {}));
    await step(id, json(200, { done: true }));
    expect((await view(id))?.run.state).toBe('succeeded');
  });

  it('404 is waited for, but not for longer than thirty seconds', async () => {
    const early = await begun();
    await step(early, json(404, {}));
    await step(early, json(200, {}));
    expect((await view(early))?.run.state).toBe('succeeded');
    const late = await begun();
    while (await jobOf(late)) await step(late, json(404, {}));
    const ended = await view(late);
    expect(ended?.outcome).toMatchObject({ errors: [{ code: 'partner', title: 'Acme CRM lost it' }] });
    expect((ended?.run.finishedAt?.getTime() ?? 0) - (ended?.run.startedAt?.getTime() ?? 0)).toBeGreaterThan(30_000);
  });

  it('401 has the token renewed, once, and is looked at on; after a good look once more', async () => {
    const id = await begun();
    const renewed = async (accessToken: string, version: number) => {
      const { tenantId } = await claimRow(scene.app, 'connections', connectionId);
      await storeRefreshed(
        scene.app,
        { tenantId, id: connectionId },
        oauth2Credentials(scene.app, { accessToken }),
        version,
      );
    };
    await step(id, json(401, {}));
    await renewed('access-2', 1);
    await step(id, json(202, {}));
    expect(scene.server.requests).toMatchObject([{ headers: { authorization: 'Bearer access-2' } }]);
    await step(id, json(401, {}));
    await renewed('access-3', 2);
    await step(id, json(401, {}));
    expect((await view(id))?.outcome).toMatchObject({ errors: [{ code: 'authentication' }] });
  });

  it.each([429, 503, 202])('%i with Retry-After is never asked sooner', async (status) => {
    const id = await begun();
    await step(id, json(status, {}, { 'retry-after': '40' }));
    expect(await step(id, json(200, {}))).toBeGreaterThanOrEqual(40);
    expect((await view(id))?.run.state).toBe('succeeded');
  });

  it('an answer that is no JSON though it says so is tried three times', async () => {
    const id = await begun();
    await step(id, nonsense);
    await step(id, nonsense);
    expect((await view(id))?.run.state).toBe('polling');
    await step(id, nonsense);
    expect((await view(id))?.outcome).toMatchObject({ state: 'failed', errors: [{ code: 'partner' }] });
  });
});

describe('a third party that never finishes (P6)', () => {
  it('ends the run at its deadline, not after it', async () => {
    const id = await begun();
    while (await jobOf(id)) await step(id, json(202, {}));
    const ended = await view(id);
    expect(ended?.outcome).toMatchObject({ state: 'failed', errors: [{ code: 'system', title: 'Timed out' }] });
    expect(ended?.run.finishedAt?.getTime()).toBe((ended?.run.createdAt.getTime() ?? 0) + 180_000);
  });

  it('and then succeeds: that is an event, and the run stays as it ended', async () => {
    const id = await begun();
    scene.app.clock.advance(2);
    const lease = await claimRow(scene.app, 'run_jobs', id);
    scene.server.answerWith(async (request, response) => {
      // While a worker looks, the deadline comes, and another worker ends the run.
      scene.app.clock.advance(180);
      await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
      json(200, { done: true })(request, response);
    });
    await scene.app.get(RunExecutor).step(lease);
    expect((await view(id))?.outcome).toMatchObject({ errors: [{ title: 'Timed out' }] });
    expect(await eventsOf(id)).toMatchObject([{ type: 'run.late_answer', payload: { state: 'succeeded' } }]);
  });
});

it('how long an action takes is learnt: then it is looked at when it usually ends, and hardly before', async () => {
  const looks: number[] = [];
  for (let run = 0; run < 30; run += 1) {
    const id = await begun();
    const acceptedAt = scene.app.clock.now().getTime();
    const answer: Answer = (request, response) =>
      json(scene.app.clock.now().getTime() - acceptedAt >= 20_000 ? 200 : 202, {})(request, response);
    let count = 0;
    for (; await jobOf(id); count += 1) await step(id, answer);
    looks.push(count);
    // As time passes, what was noted is written, and read again.
    await scene.app.get(ActionDurations).flush();
    scene.app.clock.advance(6);
  }
  expect(looks.at(0)).toBeGreaterThanOrEqual(5);
  const last = looks.slice(-10);
  expect(last.reduce((sum, count) => sum + count, 0) / last.length).toBeLessThan(5);
});
