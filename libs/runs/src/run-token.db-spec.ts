import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demandRank } from '#libs/connections';
import { Secret } from '#libs/crypto';
import {
  claimRow,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  startThirdPartyScene,
  storeRefreshed,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
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

/** Before all that is only due. */
const atOnce = () => demandRank(scene.app.clock.now());

const dueOfConnection = async () =>
  (await scene.app.database.query<{ due_at: Date }>(`SELECT due_at FROM connections WHERE id = $1`, [connectionId]))[0]
    ?.due_at;

/** As the refresh loop does, once it has taken the connection. */
async function renewToken(): Promise<void> {
  const { tenantId, id } = await claimRow(scene.app, 'connections', connectionId);
  const credentials = oauth2Credentials(scene.app, { accessToken: 'access-2' });
  await storeRefreshed(scene.app, { tenantId, id }, credentials, 1);
}

describe('a token that the app no longer takes', () => {
  it('is renewed once: the run waits a second and the connection is due now', async () => {
    const id = await create('create_thing');
    scene.server.answerWith(json(401, {}));
    const { state, job } = await step(id);
    expect(state).toBe('running');
    expect(job).toEqual({ due_at: scene.app.clock.in(1), sent_at: null, unauthorized: 1 });
    expect(await dueOfConnection()).toEqual(atOnce());
    await renewToken();
    scene.app.clock.advance(1);
    scene.server.answerWith(json(200, { id: 1 }));
    expect(await step(id)).toMatchObject({ state: 'succeeded', job: undefined });
    expect(scene.server.requests).toMatchObject([{ headers: { authorization: 'Bearer access-2' } }]);
  });

  it('is not sent again while it is being renewed, however long that takes', async () => {
    const id = await create('create_thing');
    scene.server.answerWith(json(401, {}));
    await step(id);
    await claimRow(scene.app, 'connections', connectionId);
    scene.app.clock.advance(1);
    expect(await step(id)).toMatchObject({ job: { due_at: scene.app.clock.in(1), unauthorized: 1 } });
    expect(scene.server.requests).toHaveLength(1);
  });

  it('refused a second time ends the run as authentication', async () => {
    const id = await create('create_thing');
    scene.server.answerWith(json(401, {}));
    await step(id);
    await renewToken();
    scene.app.clock.advance(1);
    expect(await step(id)).toMatchObject({
      state: 'failed',
      job: undefined,
      outcome: { errors: [{ code: 'authentication' }] },
    });
    expect(scene.server.requests).toHaveLength(2);
  });

  it('is not sent when it is about to end: it is renewed first, without a limit on how often the run waits', async () => {
    const id = await create('create_thing');
    await scene.app.database.query(`UPDATE connections SET expires_at = $2, last_refreshed_at = $3 WHERE id = $1`, [
      connectionId,
      scene.app.clock.in(9),
      scene.app.clock.in(-3600),
    ]);
    scene.server.answerWith(json(200, {}));
    const asked = atOnce();
    for (let waited = 0; waited < 3; waited += 1) {
      expect(await step(id)).toMatchObject({ job: { due_at: scene.app.clock.in(1), sent_at: null, unauthorized: 0 } });
      expect(await dueOfConnection()).toEqual(asked);
      scene.app.clock.advance(1);
    }
    expect(scene.server.requests).toEqual([]);
  });

  it('is sent in the first half of its life when that is so short that it is always about to end', async () => {
    const id = await create('create_thing');
    await scene.app.database.query(`UPDATE connections SET expires_at = $2, last_refreshed_at = $3 WHERE id = $1`, [
      connectionId,
      scene.app.clock.in(6),
      scene.app.clock.in(-2),
    ]);
    scene.server.answerWith(json(200, {}));
    expect(await step(id)).toMatchObject({ state: 'succeeded' });
  });

  it('is sent to the end when there is nothing to renew it with', async () => {
    connectionId = await scene.connect(
      owner,
      oauth2Credentials(scene.app, { refreshToken: null, expiresAt: scene.app.clock.in(9).toISOString() }),
    );
    const id = await create('create_thing');
    scene.server.answerWith(json(200, {}));
    expect(await step(id)).toMatchObject({ state: 'succeeded' });
  });

  it('of a connection whose renewal fails ends the run as partner, with the reason', async () => {
    const id = await create('create_thing');
    await scene.app.database.query(
      `UPDATE connections SET expires_at = $2, last_refreshed_at = $3, status = 'degraded', status_reason = 'Token endpoint is away.' WHERE id = $1`,
      [connectionId, scene.app.clock.in(9), scene.app.clock.in(-3600)],
    );
    expect(await step(id)).toMatchObject({
      state: 'failed',
      outcome: { errors: [{ code: 'partner', detail: 'Token endpoint is away.' }] },
    });
  });
});
