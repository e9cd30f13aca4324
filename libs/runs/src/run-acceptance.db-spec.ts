import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallBudgets } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { ScopedDatabase } from '#libs/database';
import {
  type Answer,
  appDocument,
  claimRow,
  type ConnectionOwner,
  createRun,
  json,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;
let registered: Awaited<ReturnType<typeof registerApp>>;

const responses = { 200: { description: 'Done' } };
const accepted = json(202, { id: 1 }, { location: '/api/jobs/7' });

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  // What is tried again is tried for as long as the lease lasts, by the clock on the wall.
  scene.app.clock.advance((Date.now() - scene.app.clock.now().getTime()) / 1000);
  const schema = { type: 'object', properties: { 'a/b': { type: 'string' } } };
  const parameters = ['id', 'list'].map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  const poll = { operationId: 'getJob', parameters: { id: '/id', list: { input: 'a/b' } } };
  registered = await registerApp(scene.app, {
    ...appDocument('accepting', scene.server.origin),
    paths: {
      '/by-location': { post: { operationId: 'by_location', responses } },
      '/by-operation': {
        post: {
          operationId: 'by_operation',
          requestBody: { content: { 'application/json': { schema } } },
          'x-gatehouse': { poll },
          responses,
        },
      },
      '/jobs': { get: { operationId: 'getJob', 'x-gatehouse': { hidden: true }, parameters, responses } },
    },
  });
});
beforeEach(async () => {
  const { tenantId, userId } = await scene.newOwner();
  owner = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  connectionId = await scene.connect(owner);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => scene?.close());

const create = (actionKey: string, inputs: Record<string, unknown> = {}) =>
  createRun(scene.app, owner.tenantId, { ...owner, actionKey, connectionId, inputs: new Secret(inputs) });
const jobOf = async (id: string) =>
  (
    await scene.app.database.query<{ phase: string; due_at: Date; deadline: Date }>(
      `SELECT phase, due_at, deadline FROM run_jobs WHERE id = $1`,
      [id],
    )
  )[0];
const outcomeOf = async (id: string) => (await scene.app.get(Runs).find(owner.tenantId, owner.userId, id))?.outcome;

/** The next step, when it is due. */
async function step(id: string, answer: Answer): Promise<void> {
  const due = (await jobOf(id))?.due_at.getTime() ?? Number.NaN;
  scene.app.clock.advance(Math.max(0, due - scene.app.clock.now().getTime()) / 1000);
  scene.server.answerWith(answer);
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
}

/** Once the statement that says so fails, be it before or after the database has carried it out. */
function failOnce(after: boolean): void {
  const query = scene.app.database.query.bind(scene.app.database);
  let isDone = false;
  vi.spyOn(ScopedDatabase.prototype, 'query').mockImplementation(async (sql, ...rest) => {
    if (isDone || !sql.includes(`phase = 'poll'`)) return query(sql, ...rest);
    isDone = true;
    if (after) await query(sql, ...rest);
    throw new Error('away');
  });
}

describe('the answer that an action was taken on', () => {
  it.each([
    ['before it was stored', false],
    ['when it was stored and nobody heard of it', true],
  ])('outlives a database that goes away %s', async (_, after) => {
    const id = await create('by_location');
    failOnce(after);
    await step(id, accepted);
    expect(await jobOf(id)).toMatchObject({ phase: 'poll' });
    await step(id, json(200, { done: true }));
    expect(scene.server.requests).toMatchObject([{ method: 'GET', url: '/api/jobs/7' }]);
    expect(await outcomeOf(id)).toMatchObject({ state: 'succeeded', results: [{ done: true }] });
  });
});

it('an input with a slash in its name is found by who looks', async () => {
  const id = await create('by_operation', { 'a/b': 'x' });
  await step(id, json(201, { id: 1 }));
  await step(id, json(200, { done: true }));
  expect(scene.server.requests).toMatchObject([{ method: 'GET', url: '/api/jobs?id=1&list=x' }]);
});

it('an action that was taken on is never told as one to ask for again: without a turn before its deadline it has timed out', async () => {
  const id = await create('by_location');
  await step(id, accepted);
  await scene.app.get(CallBudgets).pause({ ...owner, account: 'account-1' }, scene.app.clock.in(600));
  await step(id, json(200, {}));
  const job = await jobOf(id);
  expect(job?.due_at).toEqual(job?.deadline);
  await step(id, json(200, {}));
  expect(scene.server.requests).toEqual([]);
  expect(await outcomeOf(id)).toMatchObject({ errors: [{ code: 'system', title: 'Timed out' }] });
});

it('a run whose inputs can not be read any more ends without a request, also where it needs none of them', async () => {
  const id = await create('by_location');
  await scene.app.database.query(`DELETE FROM vault_secrets WHERE row_id = $1 AND field = 'inputs'`, [id]);
  await step(id, json(200, {}));
  expect(scene.server.requests).toEqual([]);
  expect(await outcomeOf(id)).toMatchObject({ state: 'failed', errors: [{ code: 'system' }] });
});
