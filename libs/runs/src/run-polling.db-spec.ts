import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  type Answer,
  claimRow,
  type ConnectionOwner,
  dumpRows,
  type HttpServer,
  json,
  startHttpServer,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

let scene: ThirdPartyScene;
let elsewhere: HttpServer;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  elsewhere = await startHttpServer();
});
beforeEach(async () => {
  owner = await scene.newOwner();
  const connectionId = await scene.connect(owner);
  const inputs = new Secret({ name: 'Ada' });
  id = await createRun(scene.app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
  elsewhere.answerWith(json(200, { stolen: true }));
});
afterAll(async () => {
  await scene?.close();
  await elsewhere?.close();
});

/** The job's next step, and what came of it. The server is asked once at most. */
async function step(answer: Answer) {
  scene.server.answerWith(answer);
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  const view = await scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
  const [job] = await scene.app.database.query<{ phase: string; due_at: Date; polls: number }>(
    `SELECT phase, due_at, polls FROM run_jobs WHERE id = $1`,
    [id],
  );
  return { state: view?.run.state, outcome: view?.outcome, job, dueAt: job?.due_at };
}

const accepted = (location: string, headers: Record<string, string> = {}) => json(202, {}, { location, ...headers });
const secondsUntil = (date?: Date) => ((date?.getTime() ?? Number.NaN) - scene.app.clock.now().getTime()) / 1000;

const places = (): [string, string][] => [
  ['another host', elsewhere.origin],
  ['another name of the same host', scene.server.origin.replace('127.0.0.1', 'localhost')],
  ['https instead of http', scene.server.origin.replace('http:', 'https:')],
  ['no scheme', elsewhere.origin.replace('http:', '')],
];

describe('an action that the app finishes later', () => {
  it('is looked at again when the app asks for it, until it is done', async () => {
    const first = await step(accepted('/api/exports/1', { 'retry-after': '7' }));
    expect(first).toMatchObject({ state: 'polling', outcome: null, job: { phase: 'poll', polls: 1 } });
    expect(first.dueAt).toEqual(scene.app.clock.in(7));

    scene.app.clock.advance(7);
    const second = await step(json(202, {}, { 'retry-after': '3' }));
    expect(scene.server.requests).toMatchObject([
      { method: 'GET', url: '/api/exports/1', headers: { authorization: 'Bearer access-1' } },
    ]);
    expect(second).toMatchObject({ state: 'polling', job: { phase: 'poll', polls: 2 } });
    expect(second.dueAt).toEqual(scene.app.clock.in(3));

    scene.app.clock.advance(3);
    const third = await step(json(200, { rows: 3 }));
    expect(third).toMatchObject({ state: 'succeeded', job: undefined, outcome: { results: [{ rows: 3 }] } });
  });

  it('is not due before that', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '7' }));
    scene.app.clock.advance(6);
    await expect(claimRow(scene.app, 'run_jobs', id)).rejects.toThrow('not due');
  });

  it('is looked at ever less often when the app names no time', async () => {
    const waits: number[] = [];
    for (let look = 0; look < 10; look += 1) {
      const { dueAt } = await step(accepted('/api/exports/1'));
      const wait = secondsUntil(dueAt);
      waits.push(wait);
      scene.app.clock.advance(wait);
    }
    const steps = [1, 1, 2, 3, 5, 8, 13, 20, 30, 30];
    waits.forEach((wait, look) => {
      expect(wait).toBeGreaterThanOrEqual((steps[look] ?? 0) * 0.8 - 0.001);
      expect(wait).toBeLessThanOrEqual((steps[look] ?? 0) * 1.2 + 0.001);
    });
  });

  it('is read with GET where a 303 points, which is not followed at once', async () => {
    const first = await step(json(303, {}, { location: '/api/things/9', 'retry-after': '1' }));
    expect(first).toMatchObject({ state: 'polling' });
    expect(scene.server.requests).toHaveLength(1);
    scene.app.clock.advance(1);
    expect(await step(json(200, { id: 9 }))).toMatchObject({ state: 'succeeded', outcome: { results: [{ id: 9 }] } });
    expect(scene.server.requests).toMatchObject([{ method: 'GET', url: '/api/things/9', body: '' }]);
  });

  it.each([301, 302, 307, 308])(
    'was not carried out where a %i points elsewhere, which is not followed',
    async (status) => {
      expect(await step(json(status, {}, { location: '/api/things/9' }))).toMatchObject({
        state: 'failed',
        job: undefined,
        outcome: { errors: [{ code: 'partner' }] },
      });
      expect(scene.server.requests).toHaveLength(1);
    },
  );

  it.each([
    ['9', '/api/9'],
    ['?job=9', '/api/things?job=9'],
    ['/status/9', '/status/9'],
  ])('is looked for at %s relative to the request (RFC 9110 §10.2.2)', async (location, url) => {
    await step(accepted(location, { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    await step(json(200, {}));
    expect(scene.server.requests).toMatchObject([{ url }]);
  });

  it('follows the place when a look names another', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    await step(json(303, {}, { location: '/api/results/5', 'retry-after': '1' }));
    scene.app.clock.advance(1);
    expect(await step(json(200, { done: true }))).toMatchObject({ state: 'succeeded' });
    expect(scene.server.requests).toMatchObject([{ url: '/api/results/5' }]);
  });

  it.each([
    [500, 'partner trouble'],
    [503, 'partner trouble'],
  ])('is looked at again after a look answered %i', async (status) => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    expect(await step(json(status, {}))).toMatchObject({ state: 'polling', job: { polls: 2 } });
  });

  it('is looked at again after a look that got no answer', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    expect(await step((_, response) => response.destroy())).toMatchObject({ state: 'polling', job: { polls: 2 } });
  });

  it('has failed with what a look answers', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    expect(await step(json(422, { message: 'Too many rows' }))).toMatchObject({
      state: 'failed',
      job: undefined,
      outcome: { errors: [{ code: 'user', detail: 'Too many rows' }] },
    });
  });

  it('has failed as timed out once its three minutes are over, without another look', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(180);
    expect(await step(json(200, {}))).toMatchObject({
      state: 'failed',
      job: undefined,
      outcome: { errors: [{ code: 'system', title: 'Timed out' }] },
    });
    expect(scene.server.requests).toEqual([]);
  });

  it('keeps the place, which may hold a secret, out of sight in the database', async () => {
    await step(accepted('/api/exports/canary-9f2'));
    const dump = await dumpRows(scene.app.database);
    expect(dump).toContain(id);
    expect(dump).not.toContain('canary-9f2');
  });
});

describe('a place on another server', () => {
  it.each([0, 1, 2, 3])(
    'leaves a write with an unknown outcome, and nobody there hears of the token (%i)',
    async (index) => {
      const origin = places()[index]?.[1] ?? '';
      expect(await step(accepted(`${origin}/collect`))).toMatchObject({ state: 'outcome_unknown', job: undefined });
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it('is refused after a look too', async () => {
    await step(accepted('/api/exports/1', { 'retry-after': '1' }));
    scene.app.clock.advance(1);
    expect(await step(json(303, {}, { location: `${elsewhere.origin}/collect` }))).toMatchObject({
      state: 'failed',
      job: undefined,
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    ['none', json(202, {})],
    ['one that is no URL', json(202, {}, { location: 'http://[' })],
  ])('is as good as %s', async (_, answer) => {
    expect(await step(answer)).toMatchObject({ state: 'outcome_unknown', job: undefined });
  });
});
