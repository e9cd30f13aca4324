import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  claimRow,
  type ConnectionOwner,
  json,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunJobs } from './run-jobs.store.js';
import { RunExecutor } from './run-executor.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

type Action = 'create_thing' | 'find_things';

const create = (actionKey: Action) => {
  const inputs = new Secret<Record<string, unknown>>(actionKey === 'create_thing' ? { name: 'Ada' } : {});
  return createRun(scene.app, owner.tenantId, { ...owner, actionKey, connectionId, inputs });
};
const claim = (id: string) => claimRow(scene.app, 'run_jobs', id);

/** Every row that a step of this run may write, as it is. */
const rowsOf = (id: string) =>
  Promise.all([
    scene.app.database.query(`SELECT * FROM runs WHERE id = $1`, [id]),
    scene.app.database.query(`SELECT * FROM run_jobs WHERE id = $1`, [id]),
    scene.app.database.query(`SELECT * FROM vault_secrets WHERE row_id = $1 ORDER BY field`, [id]),
  ]);

async function result(id: string) {
  const view = await scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
  const [job] = await scene.app.database.query<{ due_at: Date; sent_at: Date | null; unauthorized: number }>(
    `SELECT due_at, sent_at, unauthorized FROM run_jobs WHERE id = $1`,
    [id],
  );
  return { state: view?.run.state, outcome: view?.outcome, job };
}

async function step(id: string) {
  await scene.app.get(RunExecutor).step(await claim(id));
  return result(id);
}

/** As far as one that was killed between sending and storing the answer gets. */
async function dieAfterSending(action: Action): Promise<string> {
  const id = await create(action);
  await scene.app.get(RunJobs).markSent(await claim(id));
  scene.app.clock.advance(46);
  scene.server.answerWith(json(200, { id: 1 }));
  return id;
}
describe('a worker that died', () => {
  it('while it sent a POST leaves an unknown outcome: it is not sent again', async () => {
    expect(await step(await dieAfterSending('create_thing'))).toMatchObject({
      state: 'outcome_unknown',
      job: undefined,
      outcome: { state: 'outcome_unknown', errors: [{ code: 'system', title: 'Outcome unknown' }] },
    });
    expect(scene.server.requests).toEqual([]);
  });

  it('while it sent a GET leaves it to the next, which sends it again', async () => {
    expect(await step(await dieAfterSending('find_things'))).toMatchObject({ state: 'succeeded', job: undefined });
    expect(scene.server.requests).toHaveLength(1);
  });

  it('before it sent a POST leaves it to the next, which sends it', async () => {
    const id = await create('create_thing');
    await claim(id);
    scene.app.clock.advance(46);
    scene.server.answerWith(json(200, { id: 1 }));
    expect(await step(id)).toMatchObject({ state: 'succeeded' });
    expect(scene.server.requests).toHaveLength(1);
  });

  it('while it sent a POST leaves an unknown outcome past the deadline too', async () => {
    const id = await dieAfterSending('create_thing');
    scene.app.clock.advance(180);
    expect(await step(id)).toMatchObject({ state: 'outcome_unknown' });
  });
});

describe('a run past its deadline', () => {
  it('has failed as timed out without being sent', async () => {
    const id = await create('create_thing');
    scene.server.answerWith(json(200, {}));
    scene.app.clock.advance(180);
    expect(await step(id)).toMatchObject({
      state: 'failed',
      job: undefined,
      outcome: { errors: [{ code: 'system', title: 'Timed out' }] },
    });
    expect(scene.server.requests).toEqual([]);
  });

  it('is still sent a second before', async () => {
    const id = await create('create_thing');
    scene.server.answerWith(json(200, {}));
    scene.app.clock.advance(179);
    expect(await step(id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a worker that lost its lease', () => {
  it('does not send', async () => {
    const id = await create('create_thing');
    const lost = await claim(id);
    scene.app.clock.advance(46);
    await claim(id);
    scene.server.answerWith(json(200, {}));
    const before = await rowsOf(id);
    await scene.app.get(RunExecutor).step(lost);
    expect(scene.server.requests).toEqual([]);
    expect(await rowsOf(id)).toEqual(before);
  });

  it.each([
    ['a result', json(200, { id: 1 })],
    ['a refusal', json(422, { message: 'no' })],
    ['a place to look at', json(202, {}, { location: '/api/exports/1' })],
    ['a 401', json(401, {})],
  ])('while the request was under way writes nothing of %s', async (_, answer) => {
    const id = await create('find_things');
    let before: unknown;
    const lostMeanwhile = async () => {
      await scene.app.database.query(`UPDATE run_jobs SET version = version + 1 WHERE id = $1`, [id]);
      before = await rowsOf(id);
    };
    scene.server.answerWith((request, response) => void lostMeanwhile().then(() => answer(request, response)));
    await scene.app.get(RunExecutor).step(await claim(id));
    expect(scene.server.requests).toHaveLength(1);
    expect(await rowsOf(id)).toEqual(before);
  });
});

describe('a run that has ended', () => {
  it('stays as it is, whatever comes late', async () => {
    const id = await create('find_things');
    const lease = await claim(id);
    scene.server.answerWith(json(200, { id: 1 }));
    await scene.app.get(RunExecutor).step(lease);
    const ended = await rowsOf(id);
    const jobs = scene.app.get(RunJobs);
    scene.app.clock.advance(5);
    await scene.app.get(RunExecutor).step(lease);
    await jobs.finish(lease, { state: 'failed', results: [], errors: [] });
    const place = new Secret({ url: 'http://127.0.0.1/late', headers: {} });
    const soon = scene.app.clock.in(1);
    await jobs.accept(lease, place, soon, soon);
    await jobs.lookAgain(lease, soon, { faults: 0, lookedAt: null });
    await jobs.lookElsewhere(lease, place, soon);
    await jobs.postpone(lease, { dueAt: soon, sentAt: null, unauthorized: 0, faults: 0, slotAt: null });
    expect(await jobs.markSent(lease)).toBe(false);
    expect(await rowsOf(id)).toEqual(ended);
    expect(scene.server.requests).toHaveLength(1);
  });
});
