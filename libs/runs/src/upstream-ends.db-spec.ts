import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type Rule, startUpstreamScene, UpstreamRuns, type UpstreamScene } from '#libs/testing';
import { RunsModule } from './index.js';
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

const SEARCH = 'SEARCH.find_card';
const RUNS = '/v2/action-runs';
const RUN = '/v2/action-runs/*';

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
    await runs.rule({ ...fault, method: 'POST', path: RUNS });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'failed', errors: [error] });
    expect(await runs.asked('POST', RUNS)).toBe(1);
  });

  it('an action that is gone ends the run as the user’s', async () => {
    expect(await runs.toEnd(await runs.create('WRITE.no_such_thing'))).toMatchObject({
      state: 'failed',
      errors: [{ code: 'user' }],
    });
    expect(await runs.asked('POST', RUNS)).toBe(0);
  });

  it('an action is looked for behind a page that is shorter than was asked for', async () => {
    const other = { id: 'core:1', key: 'other', type: 'action', action_type: 'WRITE', title: 'Other' };
    const body = { data: [other, other], links: { next: 'https://zapier.example/v2/actions?offset=2' } };
    await runs.rule({ kind: 'answer', status: 200, body, path: '/v2/actions', times: 1 });
    await runs.step(await runs.create());
    const looks = (await runs.calls()).filter(({ path }) => path === '/v2/actions');
    expect(looks.map(({ query }) => new URLSearchParams(query).get('offset'))).toEqual(['0', '2']);
  });

  it('an answer that is no list of actions says nothing of the action', async () => {
    await runs.rule({ kind: 'answer', status: 200, body: {}, path: '/v2/actions', times: 1 });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    [
      'its app',
      `INSERT INTO tenant_apps (tenant_id, app_id, enabled) SELECT $1, id, false FROM apps WHERE tenant_id = $1`,
    ],
    ['its upstream', `UPDATE upstreams SET enabled = false WHERE tenant_id = $1`],
  ])('a write that was taken is unknown when %s is switched off meanwhile, and not failed', async (_, statement) => {
    const id = await runs.create();
    await runs.step(id);
    await scene.app.database.query(statement, [runs.owner.tenantId]);
    await scene.advance(6);
    expect(await runs.toEnd(id)).toMatchObject({ state: 'outcome_unknown' });
  });

  it('a connection that has expired there ends the run as authentication', async () => {
    await scene.emulator.ask('expireConnection', { id: runs.owner.remoteConnectionId });
    expect(await runs.toEnd(await runs.create())).toMatchObject({
      state: 'failed',
      errors: [{ code: 'authentication' }],
    });
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
    await runs.rule({ kind: 'run_fails', code: code as 'user', ...(delay !== undefined && { delay }), path: RUNS });
    const [error] = (await runs.toEnd(await runs.create())).errors ?? [];
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
    await runs.rule({
      kind: 'answer',
      status: 200,
      body: { data: { type: 'run', id: 'x', ...run } },
      method: 'GET',
      path: RUN,
    });
    expect(await runs.toEnd(await runs.create())).toMatchObject(ended);
  });

  it('a write that it says it does not know is unknown after ten seconds, a search has failed', async () => {
    await runs.rule({ kind: 'answer', status: 404, method: 'GET', path: RUN });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'outcome_unknown' });
    expect(await runs.toEnd(await runs.create(SEARCH))).toMatchObject({
      state: 'failed',
      errors: [{ code: 'partner' }],
    });
  });

  it('a write that can not be looked at any more is unknown at its deadline; one that goes on has timed out', async () => {
    const waiting = { data: { type: 'run', status: 'waiting' } };
    await runs.rule({ kind: 'answer', status: 200, body: waiting, method: 'GET', path: RUN });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'failed', errors: [{ title: 'Timed out' }] });
    await scene.emulator.ask('clearRules', {});
    await runs.rule({ kind: 'answer', status: 500, method: 'GET', path: RUN });
    expect(await runs.toEnd(await runs.create())).toMatchObject({ state: 'outcome_unknown' });
  });
});
