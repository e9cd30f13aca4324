import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createUser, type Rule, startUpstreamScene, UpstreamRuns, type UpstreamScene } from '#libs/testing';
import { RunCancellation, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

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
const RUNS = '/v2/action-runs';
const RUN = '/v2/action-runs/*';

const cancel = (id: string) => scene.app.get(RunCancellation).cancel(runs.owner.tenantId, runs.owner.userId, id);

describe('a run through an upstream', () => {
  it('is created there for its user, followed, and ends with the results of there', async () => {
    const id = await runs.create();
    expect(await runs.step(id)).toMatchObject({ state: 'polling', job: { phase: 'poll' } });
    expect(await runs.toEnd(id)).toMatchObject({
      state: 'succeeded',
      source: 'zapier',
      results: [{ name: 'Ada' }],
      errors: [],
    });
    expect(await runs.writes()).toMatchObject([{ marker: 'Ada', action: 'create_card', times: 1 }]);
    expect(await scene.emulator.ask('runs')).toContainEqual(
      expect.objectContaining({ client: runs.owner.clientId, action: 'create_card', inputs: { name: 'Ada' } }),
    );
  });

  it('has an hour, and four minutes from when the upstream takes it at the least', async () => {
    const id = await runs.create();
    expect((await runs.job(id))?.deadline).toEqual(scene.app.clock.in(3600));
    await runs.rule({ kind: 'answer', status: 500, path: '/v2/actions', times: 1 });
    await runs.step(id);
    await scene.app.database.query(`UPDATE run_jobs SET deadline = $2 WHERE id = $1`, [id, scene.app.clock.in(60)]);
    await runs.step(id);
    expect((await runs.job(id))?.deadline).toEqual(scene.app.clock.in(240));
  });

  it('is used as the owner of a connection that is shared', async () => {
    const userId = await createUser(scene.app, runs.owner.tenantId);
    await scene.app.database.query(`UPDATE connections SET sharing = 'tenant' WHERE id = $1`, [
      runs.owner.connectionId,
    ]);
    const id = await runs.create(WRITE, { userId });
    await runs.step(id);
    await runs.step(id);
    expect(await runs.writes()).toMatchObject([{ times: 1 }]);
  });
});

const oddities: [string, Rule[]][] = [
  ['ids like arun_…', [{ kind: 'arun_ids' }]],
  ['states of the guides', [{ kind: 'queued_running' }]],
  ['no envelopes', [{ kind: 'bare' }]],
  ['arrays of envelopes', [{ kind: 'array_of_envelopes', path: '/v2/*' }]],
  ['only the form of the document', [{ kind: 'strict_run_body' }]],
  ['a token that is refused once', [{ kind: 'refuse_bearer', method: 'POST', path: RUNS, times: 1 }]],
  [
    'a token that is refused once with 403',
    [{ kind: 'refuse_bearer', method: 'POST', path: RUNS, times: 1 }, { kind: 'forbidden_bearer' }],
  ],
  ['a refused look', [{ kind: 'refuse_bearer', method: 'GET', path: RUN, times: 1 }]],
  ['a look that finds nothing yet', [{ kind: 'answer', status: 404, method: 'GET', path: RUN, times: 2 }]],
  ['looks that fail', [{ kind: 'answer', status: 503, method: 'GET', path: RUN, times: 3 }]],
  ['a look whose answer is lost', [{ kind: 'lose_reply', method: 'GET', path: RUN, times: 1 }]],
  ['a page in the place of a look', [{ kind: 'html', status: 502, method: 'GET', path: RUN, times: 1 }]],
  ['a look that is too early', [{ kind: 'throttle', retryAfterSeconds: 20, method: 'GET', path: RUN, times: 1 }]],
  [
    'a state that nobody knows',
    [
      {
        kind: 'answer',
        status: 200,
        body: { data: { type: 'run', status: 'dreaming' } },
        method: 'GET',
        path: RUN,
        times: 2,
      },
    ],
  ],
  ['actions that can not be listed at first', [{ kind: 'answer', status: 500, path: '/v2/actions', times: 2 }]],
  ['a list of actions that is lost', [{ kind: 'lose_reply', path: '/v2/actions', times: 1 }]],
  ['429 to the run', [{ kind: 'throttle', retryAfterSeconds: 30, method: 'POST', path: RUNS, times: 2 }]],
  [
    '429 until a date',
    [{ kind: 'throttle', retryAfterSeconds: 30, asDate: true, method: 'POST', path: RUNS, times: 1 }],
  ],
];

describe('an upstream that answers', () => {
  it.each(oddities)('%s: the write is carried out once, and the run succeeds', async (_, rules) => {
    await runs.rule(...rules);
    const id = await runs.create();
    expect(await runs.toEnd(id)).toMatchObject({ state: 'succeeded', results: [{ name: 'Ada' }] });
    expect(await runs.writes()).toMatchObject([{ times: 1 }]);
  });

  it('429 to the run is no attempt: it is tried again when the upstream says', async () => {
    await runs.rule({ kind: 'throttle', retryAfterSeconds: 90, method: 'POST', path: RUNS, times: 1 });
    const id = await runs.create();
    const { job, state } = await runs.step(id);
    expect([state, job?.sentAt, job?.faults]).toEqual(['running', null, 0]);
    expect(job?.dueAt.getTime()).toBeGreaterThanOrEqual(scene.app.clock.in(90).getTime());
  });

  it('429 for longer than the run has is told so, with the time to wait', async () => {
    await runs.rule({ kind: 'throttle', retryAfterSeconds: 3600, method: 'POST', path: RUNS });
    const id = await runs.create();
    await scene.app.database.query(`UPDATE run_jobs SET deadline = $2 WHERE id = $1`, [id, scene.app.clock.in(600)]);
    const ended = await runs.toEnd(id);
    expect(ended).toMatchObject({ state: 'failed', errors: [{ code: 'throttled' }] });
    expect(ended.errors?.[0]?.delay).toBeGreaterThan(600);
  });
});

describe('the looks at a run', () => {
  it('are few, however long it takes', async () => {
    await runs.rule({
      kind: 'answer',
      status: 200,
      body: { data: { type: 'run', status: 'waiting' } },
      method: 'GET',
      path: RUN,
    });
    await runs.toEnd(await runs.create());
    // An hour of them.
    expect((await runs.calls()).filter(({ path }) => path.startsWith(`${RUNS}/`)).length).toBeLessThan(130);
  });
});

describe('a cancelled run', () => {
  it('may go on at an upstream that can not cancel', async () => {
    const id = await runs.create();
    await runs.step(id);
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: true });
    expect((await runs.calls()).at(-1)).toMatchObject({
      method: 'POST',
      path: expect.stringMatching(/\/cancel$/) as string,
    });
  });

  it('does not, where the upstream says so', async () => {
    const id = await runs.create();
    await runs.step(id);
    const stopped = {
      data: { type: 'run', id: 'x', status: 'error', state: 'cancelled', upstream_may_continue: false },
    };
    await runs.rule({ kind: 'answer', status: 200, body: stopped, method: 'POST', path: `${RUN}/cancel` });
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
    expect(await runs.view(id)).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
  });

  it('that was not sent is cancelled without a word to the upstream', async () => {
    const id = await runs.create();
    await scene.emulator.ask('forgetCalls');
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
    expect(await runs.calls()).toEqual([]);
  });
});
