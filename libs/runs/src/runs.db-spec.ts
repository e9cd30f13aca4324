import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import {
  claimRow,
  type ConnectionOwner,
  createUser,
  dumpRows,
  json,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule, RunWorker } from './index.js';
import { RunJobs } from './run-jobs.store.js';

let scene: ThirdPartyScene;
let runs: Runs;
let owner: ConnectionOwner;
let connectionId: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  runs = scene.app.get(Runs);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

const create = (name = 'Ada') =>
  createRun(scene.app, owner.tenantId, {
    ...owner,
    actionKey: 'create_thing',
    connectionId,
    inputs: new Secret({ name }),
  });
const find = (id: string) => runs.find(owner.tenantId, owner.userId, id);

describe('a new run', () => {
  it('is queued, with a job that is due now and ends in three minutes', async () => {
    const id = await create();
    expect(await find(id)).toMatchObject({
      run: { id, state: 'queued', createdAt: scene.app.clock.now(), startedAt: null, finishedAt: null },
      outcome: null,
    });
    const job = await scene.app.database.query(
      `SELECT phase, sent_at, polls, deadline, due_at, version FROM run_jobs WHERE tenant_id = $1 AND id = $2`,
      [owner.tenantId, id],
    );
    const { clock } = scene.app;
    expect(job).toEqual([
      { phase: 'execute', sent_at: null, polls: 0, deadline: clock.in(180), due_at: clock.now(), version: 0 },
    ]);
  });

  it('leaves nothing behind when its inputs can not be kept', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const inputs = new Secret(circular);
    const made = createRun(scene.app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
    await expect(made).rejects.toThrow('circular');
    expect(await scene.app.database.query(`SELECT 1 FROM runs WHERE tenant_id = $1`, [owner.tenantId])).toEqual([]);
    expect(await scene.app.database.query(`SELECT 1 FROM run_jobs WHERE tenant_id = $1`, [owner.tenantId])).toEqual([]);
  });
});

describe('looking a run up', () => {
  it("answers null for another tenant's, another user's, an unknown and a malformed id", async () => {
    const id = await create();
    const other = await scene.newOwner();
    const neighbour = await createUser(scene.app, owner.tenantId);
    expect(await runs.find(other.tenantId, owner.userId, id)).toBeNull();
    expect(await runs.find(owner.tenantId, neighbour, id)).toBeNull();
    for (const text of [newId(), '', 'x', `${id} `]) expect(await find(text)).toBeNull();
    expect(await find(id)).not.toBeNull();
  });

  it('answers null after seven days, and retention then deletes all of it', async () => {
    const id = await create();
    scene.app.clock.advance(7 * 86_400 + 1);
    const fresh = await create();
    expect(await find(id)).toBeNull();
    await runs.deleteExpired(10);
    for (const table of ['runs', 'run_jobs']) {
      const left = await scene.app.database.query(`SELECT id FROM ${table} WHERE tenant_id = $1`, [owner.tenantId]);
      expect(left).toEqual([{ id: fresh }]);
    }
    const secrets = await scene.app.database.query(
      `SELECT row_id FROM vault_secrets WHERE tenant_id = $1 AND kind = 'run'`,
      [owner.tenantId],
    );
    expect(secrets).toEqual([{ row_id: fresh }]);
  });
});

/** Wakes the workers until every run of the tenant has ended. */
async function workUntilDone(workers: RunWorker[]): Promise<void> {
  for (;;) {
    for (const worker of workers) worker.wake();
    const left = await scene.app.database.query(`SELECT id FROM run_jobs WHERE tenant_id = $1`, [owner.tenantId]);
    if (left.length === 0) return;
    await turn();
  }
}

describe('the workers', () => {
  it('of two processes take each of 60 runs once', async () => {
    await using other = await scene.startAnother();
    scene.server.answerWith((request, response) => json(200, JSON.parse(request.body))(request, response));
    const ids = await Promise.all(Array.from({ length: 60 }, (_, index) => create(`thing-${index}`)));
    await workUntilDone([scene.app.get(RunWorker), other.get(RunWorker)]);
    const sent = scene.server.requests.map(({ body }) => body).toSorted();
    expect(sent).toEqual(ids.map((_, index) => `{"name":"thing-${index}"}`).toSorted());
    for (const [index, id] of ids.entries()) {
      expect((await find(id))?.outcome?.results).toEqual([{ name: `thing-${index}` }]);
    }
  });

  it('leave neither inputs nor results in the database that could be read there', async () => {
    scene.server.answerWith(json(200, { note: 'canary-result' }));
    const id = await create('canary-input');
    await workUntilDone([scene.app.get(RunWorker)]);
    expect((await find(id))?.outcome?.results).toEqual([{ note: 'canary-result' }]);
    const failing = await create('canary-input');
    scene.server.answerWith(json(422, { message: 'canary-error' }));
    await workUntilDone([scene.app.get(RunWorker)]);
    expect((await find(failing))?.outcome?.errors).toMatchObject([{ detail: 'canary-error' }]);
    const dump = await dumpRows(scene.app.database);
    expect(dump).toContain(failing);
    expect(dump).not.toContain('canary-');
  });
});

describe("a run's job", () => {
  it("answers nothing to a claim with another tenant's id", async () => {
    // The worker was not heard of for so long: the run is queued.
    scene.app.clock.advance(60);
    const lease = await claimRow(scene.app, 'run_jobs', await create());
    const other = await scene.newOwner();
    const jobs = scene.app.get(RunJobs);
    expect(await jobs.find(lease)).not.toBeNull();
    expect(await jobs.find({ ...lease, tenantId: other.tenantId })).toBeNull();
    expect(await jobs.markSent({ ...lease, tenantId: other.tenantId })).toBe(false);
    expect(await jobs.inputs({ claim: { ...lease, tenantId: other.tenantId } })).toBeNull();
  });
});
