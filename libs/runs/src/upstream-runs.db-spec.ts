import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  claimRow,
  createRun,
  createUser,
  type Rule,
  startUpstreamScene,
  type UpstreamOwner,
  type UpstreamScene,
} from '#libs/testing';
import { RunCancellation, Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';
import { RunJobs } from './run-jobs.store.js';

let scene: UpstreamScene;
let owner: UpstreamOwner;

beforeAll(async () => {
  scene = await startUpstreamScene([RunsModule]);
});
beforeEach(async () => {
  // All tests ask one host: a pause that one of them was told of is not the next one's.
  await scene.app.database.query(`DELETE FROM upstream_budgets`);
  owner = await scene.newOwner('trello');
  await scene.emulator.ask('forgetCalls');
});
afterEach(async () => {
  await scene.emulator.ask('clearRules', {});
});
afterAll(() => scene?.close());

const WRITE = 'WRITE.create_card';
const SEARCH = 'SEARCH.find_card';
const RUNS = '/v2/action-runs';
const RUN = '/v2/action-runs/*';

const create = (
  actionKey = WRITE,
  inputs: Record<string, unknown> = { name: 'Ada' },
  changes: { userId?: string } = {},
) =>
  createRun(scene.app, owner.tenantId, {
    ...owner,
    actionKey,
    upstream: 'zapier',
    inputs: new Secret(inputs),
    ...changes,
  });
const rule = (...rules: Rule[]) => scene.emulator.ask('rule', rules);

interface Job {
  due_at: Date;
  sent_at: Date | null;
  faults: number;
  phase: string;
  deadline: Date;
}

const jobOf = async (id: string) =>
  (
    await scene.app.database.query<Job>(`SELECT due_at, sent_at, faults, phase, deadline FROM run_jobs WHERE id = $1`, [
      id,
    ])
  )[0];

async function view(id: string) {
  const found = await scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
  const { results, errors, upstreamMayContinue } = found?.outcome ?? {};
  return { state: found?.run.state, source: found?.run.source, results, errors, upstreamMayContinue };
}

async function step(id: string, process = scene.app) {
  const due = (await jobOf(id))?.due_at ?? scene.app.clock.now();
  await scene.advance(Math.max(0, (due.getTime() - scene.app.clock.now().getTime()) / 1000));
  await process.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  return { ...(await view(id)), job: await jobOf(id) };
}

/** Takes every step when it is due. */
async function toEnd(id: string) {
  while (await jobOf(id)) await step(id);
  return view(id);
}

const writes = async () => (await scene.emulator.ask('writes')).filter(({ user }) => user === nameOf(owner));
const nameOf = ({ name: { org, sub } }: UpstreamOwner) => `${org}/${sub}`;
const asked = async (method: string, path: string) =>
  (await scene.emulator.ask('calls')).filter((call) => call.method === method && call.path === path).length;

const RUN_CALLS = () => asked('POST', RUNS);

describe('a run through an upstream', () => {
  it('is created there for its user, followed, and ends with the results of there', async () => {
    const id = await create();
    expect(await step(id)).toMatchObject({ state: 'polling', job: { phase: 'poll' } });
    expect(await toEnd(id)).toMatchObject({
      state: 'succeeded',
      source: 'zapier',
      results: [{ name: 'Ada' }],
      errors: [],
    });
    expect(await writes()).toMatchObject([{ marker: 'Ada', action: 'create_card', times: 1 }]);
    expect(await scene.emulator.ask('runs')).toContainEqual(
      expect.objectContaining({ user: nameOf(owner), action: 'create_card', inputs: { name: 'Ada' } }),
    );
  });

  it('has an hour, and four minutes from when the upstream takes it at the least', async () => {
    const id = await create();
    expect((await jobOf(id))?.deadline).toEqual(scene.app.clock.in(3600));
    await rule({ kind: 'answer', status: 500, path: '/v2/actions', times: 1 });
    await step(id);
    await scene.app.database.query(`UPDATE run_jobs SET deadline = $2 WHERE id = $1`, [id, scene.app.clock.in(60)]);
    await step(id);
    expect((await jobOf(id))?.deadline).toEqual(scene.app.clock.in(240));
  });

  it('is used as the owner of a connection that is shared', async () => {
    const userId = await createUser(scene.app, owner.tenantId);
    await scene.app.database.query(`UPDATE connections SET sharing = 'tenant' WHERE id = $1`, [owner.connectionId]);
    const id = await create(WRITE, { name: 'Ada' }, { userId });
    await step(id);
    await step(id);
    expect(await writes()).toMatchObject([{ times: 1 }]);
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
    await rule(...rules);
    const id = await create();
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded', results: [{ name: 'Ada' }] });
    expect(await writes()).toMatchObject([{ times: 1 }]);
  });

  it('429 to the run is no attempt: it is tried again when the upstream says', async () => {
    await rule({ kind: 'throttle', retryAfterSeconds: 90, method: 'POST', path: RUNS, times: 1 });
    const id = await create();
    const { job, state } = await step(id);
    expect([state, job?.sent_at, job?.faults]).toEqual(['running', null, 0]);
    expect(job?.due_at.getTime()).toBeGreaterThanOrEqual(scene.app.clock.in(90).getTime());
  });

  it('429 for longer than the run has is told so, with the time to wait', async () => {
    await rule({ kind: 'throttle', retryAfterSeconds: 3600, method: 'POST', path: RUNS });
    const id = await create();
    await scene.app.database.query(`UPDATE run_jobs SET deadline = $2 WHERE id = $1`, [id, scene.app.clock.in(600)]);
    const ended = await toEnd(id);
    expect(ended).toMatchObject({ state: 'failed', errors: [{ code: 'throttled' }] });
    expect(ended.errors?.[0]?.delay).toBeGreaterThan(600);
  });
});

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
    await rule({ ...fault, method: 'POST', path: RUNS });
    const id = await create();
    expect(await toEnd(id)).toMatchObject({ state: 'outcome_unknown', errors: [{ code: 'system' }] });
    expect(await RUN_CALLS()).toBe(1);
    expect((await writes()).map((write) => write.times)).toEqual(times === 0 ? [] : [times]);
  });

  it.each(ambiguous.slice(0, -1))('of a search is sent again when %s', async (_, fault) => {
    await rule({ ...fault, method: 'POST', path: RUNS, times: 2 });
    const id = await create(SEARCH);
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded', results: [{ name: 'Ada' }] });
    expect(await RUN_CALLS()).toBe(3);
  });

  it('of a write is sent again, with the same key, where the upstream has said that it knows keys', async () => {
    const honest = { data: { type: 'run', id: 'remote-1', status: 'success', results: [] } };
    const headers = { 'idempotency-replayed': 'false' };
    await rule({ kind: 'answer', status: 200, body: honest, headers, method: 'POST', path: RUNS, times: 1 });
    expect(await toEnd(await create())).toMatchObject({ state: 'succeeded' });
    await rule({ kind: 'lose_request', method: 'POST', path: RUNS, times: 2 });
    expect(await toEnd(await create())).toMatchObject({ state: 'succeeded' });
    expect(await writes()).toMatchObject([{ times: 1 }]);
  });

  it('waits for an upstream that nobody can connect to: nothing was sent', async () => {
    await toEnd(await create(SEARCH));
    const id = await create();
    await scene.emulator.ask('refuse', { refuses: true });
    const { job } = await step(id);
    await scene.emulator.ask('refuse', { refuses: false });
    expect([job?.sent_at, job?.faults]).toEqual([null, 1]);
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
    expect(await writes()).toMatchObject([{ times: 1 }]);
  });

  it('is given up where the upstream can not be asked eight times', async () => {
    await rule({ kind: 'answer', status: 500, path: '/v2/actions' });
    expect(await toEnd(await create())).toMatchObject({ state: 'failed', errors: [{ code: 'partner' }] });
    expect(await asked('GET', '/v2/actions')).toBeLessThanOrEqual(8);
    expect(await RUN_CALLS()).toBe(0);
  });

  it('looks the action up once more where its id has ended in between', async () => {
    await rule({ kind: 'answer', status: 404, method: 'POST', path: RUNS, times: 1 });
    expect(await toEnd(await create())).toMatchObject({ state: 'succeeded' });
    expect(await asked('GET', '/v2/actions')).toBe(2);
  });

  it('names the action by the id that it has now, though each list ends those before', async () => {
    await scene.emulator.ask('configure', { actionIdsLive: 'until_next_lookup' });
    for (const name of ['one', 'two', 'three']) {
      const id = await create(WRITE, { name });
      expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
      await scene.advance(60);
    }
    await scene.emulator.ask('configure', { actionIdsLive: 'always' });
    expect((await writes()).map(({ times }) => times)).toEqual([1, 1, 1]);
  });
});

describe('a worker that dies', () => {
  const dies = async (id: string) => {
    await scene.app.get(RunJobs).markSent(await claimRow(scene.app, 'run_jobs', id));
  };

  it('with a write about to be sent leaves it unknown: it is not sent', async () => {
    const id = await create();
    await dies(id);
    expect(await toEnd(id)).toMatchObject({ state: 'outcome_unknown' });
    expect(await RUN_CALLS()).toBe(0);
  });

  it('with a search about to be sent has it sent by the next', async () => {
    const id = await create(SEARCH);
    await dies(id);
    expect(await toEnd(id)).toMatchObject({ state: 'succeeded' });
  });

  it('while the upstream goes on leaves the look to the next', async () => {
    const id = await create();
    await step(id);
    await using other = await scene.startAnother();
    expect(await step(id, other)).toMatchObject({ state: 'succeeded' });
    expect(await writes()).toMatchObject([{ times: 1 }]);
  });
});

describe('what the upstream refuses', () => {
  const refusals: [string, Rule, object][] = [
    ['400', { kind: 'answer', status: 400 }, { code: 'user' }],
    [
      '400 in its own words',
      {
        kind: 'answer',
        status: 400,
        body: { errors: [{ status: '400', code: 'invalid', title: 'Invalid', detail: 'Name is required.' }] },
      },
      { code: 'user', title: 'Invalid', detail: 'Name is required.' },
    ],
    [
      'V1 errors',
      { kind: 'answer', status: 400, body: { errors: ['Not like this.'] } },
      { code: 'user', detail: 'Not like this.' },
    ],
    [
      'bad connection',
      {
        kind: 'answer',
        status: 404,
        body: {
          errors: [{ status: 404, code: 'not_found', detail: 'Gone.', source: { pointer: '/data/authentication' } }],
        },
      },
      { code: 'authentication', detail: 'Gone.' },
    ],
    ['403', { kind: 'answer', status: 403 }, { code: 'authentication' }],
  ];
  it.each(refusals)('(%s) ends the run with its error', async (_, fault, error) => {
    await rule({ ...fault, method: 'POST', path: RUNS });
    expect(await toEnd(await create())).toMatchObject({ state: 'failed', errors: [error] });
    expect(await RUN_CALLS()).toBe(1);
  });

  it('an action that is gone ends the run as the user’s', async () => {
    expect(await toEnd(await create('WRITE.no_such_thing'))).toMatchObject({
      state: 'failed',
      errors: [{ code: 'user' }],
    });
    expect(await RUN_CALLS()).toBe(0);
  });

  it('a connection that has expired there ends the run as authentication', async () => {
    await scene.emulator.ask('expireConnection', { id: owner.remoteConnectionId });
    expect(await toEnd(await create())).toMatchObject({ state: 'failed', errors: [{ code: 'authentication' }] });
  });

  const codes: [string, string, number?][] = [
    ['user', 'user'],
    ['authentication', 'authentication'],
    ['partner', 'partner'],
    ['system', 'system'],
    ['throttled', 'throttled', 42],
    ['system_throttled', 'throttled', 7],
    ['hydration', 'partner'],
  ];
  it.each(codes)('a run that fails there as %s fails here as %s', async (code, ours, delay) => {
    await rule({ kind: 'run_fails', code: code as 'user', ...(delay !== undefined && { delay }), path: RUNS });
    const [error] = (await toEnd(await create())).errors ?? [];
    expect(error).toMatchObject({ code: ours, detail: `The run failed with ${code}.` });
    expect(error?.delay).toBe(delay);
  });

  const ends: [string, object, object][] = [
    [
      'unknown',
      {
        status: 'error',
        state: 'outcome_unknown',
        errors: [{ code: 'system', title: 'Outcome unknown', detail: 'Lost.' }],
      },
      { state: 'outcome_unknown' },
    ],
    [
      'cancelled',
      { status: 'error', state: 'cancelled', upstream_may_continue: false, errors: [] },
      { state: 'cancelled', upstreamMayContinue: false },
    ],
    ['an error without errors', { status: 'error' }, { state: 'failed', errors: [{ code: 'partner' }] }],
    [
      'more than is kept',
      { status: 'success', results: [{ text: 'x'.repeat(1_100_000) }] },
      { state: 'failed', errors: [{ code: 'partner' }] },
    ],
  ];
  it.each(ends)('a run that ends there as %s', async (_, run, ended) => {
    await rule({
      kind: 'answer',
      status: 200,
      body: { data: { type: 'run', id: 'x', ...run } },
      method: 'GET',
      path: RUN,
    });
    expect(await toEnd(await create())).toMatchObject(ended);
  });

  it('a write that it says it does not know is unknown after ten seconds, a search has failed', async () => {
    await rule({ kind: 'answer', status: 404, method: 'GET', path: RUN });
    expect(await toEnd(await create())).toMatchObject({ state: 'outcome_unknown' });
    expect(await toEnd(await create(SEARCH))).toMatchObject({ state: 'failed', errors: [{ code: 'partner' }] });
  });

  it('a write that can not be looked at any more is unknown at its deadline; one that goes on has timed out', async () => {
    const waiting = { data: { type: 'run', status: 'waiting' } };
    await rule({ kind: 'answer', status: 200, body: waiting, method: 'GET', path: RUN });
    expect(await toEnd(await create())).toMatchObject({ state: 'failed', errors: [{ title: 'Timed out' }] });
    await scene.emulator.ask('clearRules', {});
    await rule({ kind: 'answer', status: 500, method: 'GET', path: RUN });
    expect(await toEnd(await create())).toMatchObject({ state: 'outcome_unknown' });
  });
});

describe('the looks at a run', () => {
  it('are few, however long it takes', async () => {
    await rule({
      kind: 'answer',
      status: 200,
      body: { data: { type: 'run', status: 'waiting' } },
      method: 'GET',
      path: RUN,
    });
    await toEnd(await create());
    // An hour of them.
    expect((await scene.emulator.ask('calls')).filter(({ path }) => path.startsWith(`${RUNS}/`)).length).toBeLessThan(
      130,
    );
  });
});

describe('a cancelled run', () => {
  const cancel = (id: string) => scene.app.get(RunCancellation).cancel(owner.tenantId, owner.userId, id);

  it('may go on at an upstream that can not cancel', async () => {
    const id = await create();
    await step(id);
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: true });
    expect((await scene.emulator.ask('calls')).at(-1)).toMatchObject({
      method: 'POST',
      path: expect.stringMatching(/\/cancel$/) as string,
    });
  });

  it('does not, where the upstream says so', async () => {
    const id = await create();
    await step(id);
    const stopped = {
      data: { type: 'run', id: 'x', status: 'error', state: 'cancelled', upstream_may_continue: false },
    };
    await rule({ kind: 'answer', status: 200, body: stopped, method: 'POST', path: `${RUN}/cancel` });
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
    expect(await view(id)).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
  });

  it('that was not sent is cancelled without a word to the upstream', async () => {
    const id = await create();
    await scene.emulator.ask('forgetCalls');
    expect((await cancel(id))?.outcome).toMatchObject({ state: 'cancelled', upstreamMayContinue: false });
    expect(await scene.emulator.ask('calls')).toEqual([]);
  });
});
