import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import { claimRow, type Rule, startUpstreamScene, UpstreamRuns, type UpstreamScene } from '#libs/testing';
import { RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';
import { RunJobs } from './run-jobs.store.js';

let scene: UpstreamScene;
let runs: UpstreamRuns;

beforeAll(async () => {
  scene = await startUpstreamScene([RunsModule]);
});
beforeEach(async () => {
  runs = await UpstreamRuns.begin(scene, (process, claim) => process.get(RunExecutor).step(claim));
});
afterAll(() => scene?.close());

const WRITE = 'WRITE.create_card';
const SEARCH = 'SEARCH.find_card';
const RUNS = '/v2/action-runs';

const dies = async (id: string) => {
  await scene.app.get(RunJobs).markSent(await claimRow(scene.app, 'run_jobs', id));
};

/** What may have been carried out, for all that can be known of it. */
const ambiguous: [string, Rule, number][] = [
  ['the reply is lost', { kind: 'lose_reply' }, 1],
  ['half of the reply is lost', { kind: 'cut_reply' }, 1],
  ['the request is lost on the way', { kind: 'lose_request' }, 0],
  ['it answers 500', { kind: 'answer', status: 500 }, 0],
  ['it answers 503', { kind: 'answer', status: 503 }, 0],
  ['it answers 409', { kind: 'answer', status: 409 }, 0],
  ['it answers 408', { kind: 'answer', status: 408 }, 0],
  ['a gateway answers', { kind: 'html', status: 502 }, 0],
  ['a page answers', { kind: 'html', status: 200 }, 0],
  ['it names no run', { kind: 'answer', status: 200, body: { data: {} } }, 0],
];

describe('a request that creates a run', () => {
  it.each(ambiguous)('of a write is never sent twice when %s: its outcome is unknown', async (_, fault, times) => {
    await runs.rule({ ...fault, method: 'POST', path: RUNS });
    const id = await runs.create();
    expect(await runs.toEnd(id)).toMatchObject({ state: 'outcome_unknown', errors: [{ code: 'system' }] });
    expect(await runs.asked('POST', RUNS)).toBe(1);
    expect((await runs.writes()).map((write) => write.times)).toEqual(times === 0 ? [] : [times]);
  });

  it.each(ambiguous.slice(0, -1))('of a search is sent again when %s', async (_, fault) => {
    await runs.rule({ ...fault, method: 'POST', path: RUNS, times: 2 });
    const id = await runs.create(SEARCH);
    expect(await runs.toEnd(id)).toMatchObject({ state: 'succeeded', results: [{ name: 'Ada' }] });
    expect(await runs.asked('POST', RUNS)).toBe(3);
  });

  it('of a write is sent again, with the same key, where the upstream has said that it knows keys', async () => {
    const honest = { data: { type: 'run', id: 'remote-1', status: 'success', results: [] } };
    const headers = { 'idempotency-replayed': 'false' };
    await runs.rule({ kind: 'answer', status: 200, body: honest, headers, method: 'POST', path: RUNS, times: 1 });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'succeeded' });
    await runs.rule({ kind: 'lose_request', method: 'POST', path: RUNS, times: 2 });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'succeeded' });
    expect(await runs.writes()).toMatchObject([{ times: 1 }]);
  });

  it('waits for an upstream that nobody can connect to: nothing was sent', async () => {
    await runs.toEnd(await runs.create(SEARCH));
    const id = await runs.create();
    await scene.emulator.ask('refuse', { refuses: true });
    const { job } = await runs.step(id);
    await scene.emulator.ask('refuse', { refuses: false });
    expect([job?.sentAt, job?.faults]).toEqual([null, 1]);
    expect(await runs.toEnd(id)).toMatchObject({ state: 'succeeded' });
    expect(await runs.writes()).toMatchObject([{ times: 1 }]);
  });

  it('is given up where the upstream can not be asked eight times', async () => {
    await runs.rule({ kind: 'answer', status: 500, path: '/v2/actions' });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'failed', errors: [{ code: 'partner' }] });
    expect(await runs.asked('GET', '/v2/actions')).toBeLessThanOrEqual(8);
    expect(await runs.asked('POST', RUNS)).toBe(0);
  });

  it('looks the action up once more where its id has ended in between', async () => {
    await runs.rule({ kind: 'answer', status: 404, method: 'POST', path: RUNS, times: 1 });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'succeeded' });
    expect(await runs.asked('GET', '/v2/actions')).toBe(2);
  });

  it('names the action by the id that it has now, though each list ends those before', async () => {
    await scene.emulator.ask('configure', { actionIdsLive: 'until_next_lookup' });
    for (const name of ['one', 'two', 'three']) {
      const id = await runs.create(WRITE, { inputs: new Secret({ name }) });
      expect(await runs.toEnd(id)).toMatchObject({ state: 'succeeded' });
      await scene.advance(60);
    }
    await scene.emulator.ask('configure', { actionIdsLive: 'always' });
    expect((await runs.writes()).map(({ times }) => times)).toEqual([1, 1, 1]);
  });
});

describe('a worker that dies', () => {
  it('with a write about to be sent leaves it unknown: it is not sent', async () => {
    const id = await runs.create();
    await dies(id);
    expect(await runs.toEnd(id)).toMatchObject({ state: 'outcome_unknown' });
    expect(await runs.asked('POST', RUNS)).toBe(0);
  });

  it('with a search about to be sent has it sent by the next', async () => {
    const id = await runs.create(SEARCH);
    await dies(id);
    expect(await runs.toEnd(id)).toMatchObject({ state: 'succeeded' });
  });

  it('while the upstream goes on leaves the look to the next', async () => {
    const id = await runs.create();
    await runs.step(id);
    await using other = await scene.startAnother();
    expect(await runs.step(id, other)).toMatchObject({ state: 'succeeded' });
    expect(await runs.writes()).toMatchObject([{ times: 1 }]);
  });
});
