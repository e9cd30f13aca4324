import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantCatalog } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import {
  claimRow,
  json,
  startThirdPartyScene,
  type ConnectionOwner,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunJobs } from './run-jobs.store.js';
import { RunExecutor } from './run-executor.js';

const AFTER_LEASE_SECONDS = 46;

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
  scene.server.answerWith(json(200, {}));
});
afterAll(() => scene.close());

const create = () =>
  createRun(scene.app, owner.tenantId, {
    ...owner,
    actionKey: 'create_thing',
    connectionId,
    inputs: new Secret({ name: 'Ada' }),
  });

const step = async (id: string) => {
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  return scene.app.get(Runs).find(owner.tenantId, owner.userId, id);
};

/** A write whose worker died between sending its request and storing the answer. */
const sentAndDied = async () => {
  const id = await create();
  await scene.app.get(RunJobs).markSent(await claimRow(scene.app, 'run_jobs', id));
  scene.app.clock.advance(AFTER_LEASE_SECONDS);
  return id;
};

describe('a write that was sent before its worker died is never sent again', () => {
  it('although its token is about to end', async () => {
    const id = await sentAndDied();
    await scene.app.database.query(`UPDATE connections SET expires_at = $2 WHERE id = $1`, [
      connectionId,
      scene.app.clock.in(5),
    ]);
    const sentBefore = scene.server.requests.length;
    expect((await step(id))?.run.state).toBe('outcome_unknown');
    expect(scene.server.requests).toHaveLength(sentBefore);
  });

  it('and its outcome is unknown although the connection needs the user by now', async () => {
    const id = await sentAndDied();
    await scene.app.database.query(`UPDATE connections SET status = 'needs_reauth' WHERE id = $1`, [connectionId]);
    expect((await step(id))?.run.state).toBe('outcome_unknown');
  });

  it('and its outcome is unknown although the app is switched off by now', async () => {
    const id = await sentAndDied();
    await scene.app.get(TenantCatalog).configure(owner.tenantId, 'acme-crm', { enabled: false });
    expect((await step(id))?.run.state).toBe('outcome_unknown');
  });
});

describe('an answer that is no end', () => {
  it.each([301, 302, 307, 308])(
    '%i to a write is a failure: nothing was carried out, and nothing is followed',
    async (status) => {
      const id = await create();
      scene.server.answerWith(json(status, {}, { location: '/api/elsewhere' }));
      const sentBefore = scene.server.requests.length;
      const view = await step(id);
      expect(view?.outcome?.errors).toMatchObject([
        { code: 'partner', title: expect.stringContaining('moved') as string },
      ]);
      expect(scene.server.requests).toHaveLength(sentBefore + 1);
    },
  );

  it('Retry-After never puts the next look past the deadline', async () => {
    const id = await create();
    scene.server.answerWith(json(202, {}, { location: '/api/later', 'retry-after': '600' }));
    await step(id);
    const [job] = await scene.app.database.query<{ due_at: Date; deadline: Date }>(
      `SELECT due_at, deadline FROM run_jobs WHERE id = $1`,
      [id],
    );
    expect(job?.due_at).toEqual(job?.deadline);
  });
});
