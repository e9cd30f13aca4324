import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '#libs/crypto';
import { newId, Wakeups } from '#libs/database';
import {
  createRun,
  json,
  startThirdPartyScene,
  type Answer,
  type ConnectionOwner,
  type ThirdPartyScene,
} from '#libs/testing';
import { RunCreation, Runs, RunsModule, RunWatch, RunWorker } from './index.js';

const PLACES = 128;
const OPEN = new AbortController().signal;

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  scene.app.get(Wakeups).listen('run_jobs', () => scene.app.get(RunWorker).wake());
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

const create = (changes: object = {}) =>
  createRun(scene.app, owner.tenantId, {
    ...owner,
    actionKey: 'create_thing',
    connectionId,
    inputs: new Secret({ name: 'Ada' }),
    ...changes,
  });

const find = (id: string) => scene.app.get(Runs).find(owner.tenantId, owner.userId, id);

/** As a process with the worker's role does each second. Nothing is due, so its claim finds nothing. */
async function live(): Promise<void> {
  scene.app.clock.advance(10);
  scene.app.get(RunWorker).tick();
  await vi.waitFor(
    async () => {
      const [seen] = await scene.app.database.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM workers WHERE seen_at = $1`,
        [scene.app.clock.now()],
      );
      expect(seen?.count).toBe(1);
    },
    { timeout: 20_000 },
  );
}

/** The third party holds its answers back until it is let go. */
function holdAnswers(): () => void {
  const held: (() => unknown)[] = [];
  let answer: Answer = (request, response) => void held.push(() => json(200, { id: 7 })(request, response));
  scene.server.answerWith((request, response) => answer(request, response));
  return () => {
    answer = json(200, { id: 7 });
    for (const release of held) release();
  };
}

const jobs = () =>
  scene.app.database.query<{ id: string; isOurs: boolean; dueAt: Date }>(
    `SELECT id, phase, version, sent_at IS NOT NULL AS "wasSent", lease_owner IN (SELECT id::text FROM workers) AS "isOurs",
            lease_until AS "leaseUntil", due_at AS "dueAt"
       FROM run_jobs WHERE tenant_id = $1 ORDER BY id`,
    [owner.tenantId],
  );

const isEnded = (id: string) =>
  vi.waitFor(async () => expect((await find(id))?.outcome?.state).toBe('succeeded'), { timeout: 20_000 });

describe('a run that is created where a worker lives', () => {
  it('is executed there and then, under a lease from its beginning', async () => {
    await live();
    const { clock } = scene.app;
    const letGo = holdAnswers();
    const id = await create();
    await vi.waitFor(() => expect(scene.server.requests.map(({ body }) => body)).toEqual(['{"name":"Ada"}']), {
      timeout: 20_000,
    });
    const lease = { leaseUntil: clock.in(45), dueAt: clock.in(45), isOurs: true };
    expect(await jobs()).toEqual([{ id, phase: 'execute', version: 1, wasSent: true, ...lease }]);
    letGo();
    await isEnded(id);
    expect(await jobs()).toEqual([]);
    expect(scene.server.requests).toHaveLength(1);
  });

  it('is queued where the worker has not been heard of lately: others may hold it for dead', async () => {
    await live();
    scene.app.clock.advance(10);
    await create();
    expect(await jobs()).toMatchObject([{ version: 0, leaseUntil: null, dueAt: scene.app.clock.now() }]);
    await scene.app.database.query(`DELETE FROM run_jobs`);
  });

  it('is queued where its tenant has its share, and taken when there is room again', async () => {
    await live();
    const letGo = holdAnswers();
    const ids = await Promise.all(Array.from({ length: PLACES }, () => create()));
    const atOnce = (await jobs()).filter(({ isOurs }) => isOurs);
    expect(atOnce.length).toBeGreaterThan(0);
    expect(atOnce.length).toBeLessThan(PLACES / 2);
    letGo();
    for (const id of ids) await isEnded(id);
  });

  it('gives its place back when it was not stored', async () => {
    await live();
    const unknown = { ...owner, appVersion: 1, actionKey: 'create_thing', connectionId: newId() };
    for (let time = 0; time < PLACES; time += 1) {
      const run = { ...unknown, inputs: new Secret({ name: 'Ada' }) };
      expect(await scene.app.get(RunCreation).create(owner.tenantId, run)).toEqual({ kind: 'no_connection' });
    }
    const letGo = holdAnswers();
    const id = await create();
    expect(await jobs()).toMatchObject([{ isOurs: true }]);
    letGo();
    await isEnded(id);
  });
});

describe('who waits for a run', () => {
  it('that ends in the same process is told how, as it is stored', async () => {
    await live();
    const letGo = holdAnswers();
    const id = await create();
    using waiting = scene.app.get(RunWatch).subscribe(owner, id);
    using stranger = scene.app.get(RunWatch).subscribe(await scene.newOwner(), id);
    expect(waiting.ended).toBeNull();
    const watch = scene.app.get(RunWatch);
    expect(watch.underWay(owner, id)).toMatchObject({ run: { id, finishedAt: null }, outcome: null });
    expect(watch.underWay({ ...owner, userId: newId() }, id)).toBeNull();
    expect(watch.underWay(await scene.newOwner(), id)).toBeNull();
    letGo();
    await waiting.change('queued', OPEN);
    expect(waiting.ended).toMatchObject({ outcome: { state: 'succeeded' } });
    expect(waiting.ended).toEqual(await find(id));
    expect(stranger.ended).toBeNull();
    await vi.waitFor(() => expect(watch.underWay(owner, id)).toBeNull(), { timeout: 20_000 });
  });
});
