import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Connections, ExpiryWarnings } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Events, isSubscribable, subscribableTypes } from '#libs/events';
import { Runs, RunWorker } from '#libs/runs';
import { KeyRotation } from '#libs/signing-keys';
import { type ConnectionOwner, createRun, json, oauth2Credentials, type TestApp } from '#libs/testing';
import { ok, verified, WebhookScene } from './webhook-scene.js';

let scene: WebhookScene;
let app: TestApp;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await WebhookScene.start();
  app = scene.app;
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM webhook_deliveries`);
  owner = await scene.world.newOwner();
  scene.receiver.answerWith(ok);
});
afterAll(() => scene?.close());

const eventsOf = (subject: string) =>
  app.database.query(`SELECT type, sequence FROM events WHERE tenant_id = $1 AND subject = $2 ORDER BY sequence`, [
    owner.tenantId,
    subject,
  ]);
const reconnect = (id: string) => {
  const account = { id: 'account-1', title: 'Ada' };
  const values = { ...owner, title: 'again', status: 'connected', account } as const;
  const credentials = new Secret(oauth2Credentials(app));
  return app.get(Connections).establish(owner.tenantId, { ...values, credentials }, id);
};

/** A run of an action whose app answers so. */
async function run(code: number): Promise<string> {
  scene.world.server.answerWith(json(code, { secret_result: 'hers' }));
  const connectionId = await scene.world.connect(owner);
  const inputs = new Secret({ name: 'secret-input' });
  const id = await createRun(app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
  while ((await app.database.query(`SELECT 1 FROM run_jobs WHERE id = $1`, [id])).length > 0) {
    app.get(RunWorker).wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return id;
}

/** What the endpoint was told, every signature checked. */
const toldWith = (secret: string) =>
  scene.receiver.requests.map((request) => verified(request, secret, app.clock.now()));

describe('an endpoint is told', () => {
  it('what happens to a connection, in order, each with its place in it', async () => {
    const { secret } = await scene.subscribe(owner.tenantId);
    const id = await scene.world.connect(owner);
    await reconnect(id);
    await app.get(Connections).remove(owner.tenantId, owner.userId, id);
    await scene.deliver();
    const about = { id, app: owner.appId, user: owner.userId };
    expect(toldWith(secret)).toMatchObject([
      { type: 'connection.created', timestamp: app.clock.now().toISOString(), data: { ...about, sequence: 1 } },
      { type: 'connection.refreshed', data: { ...about, sequence: 2, status: 'connected' } },
      { type: 'connection.deleted', data: { ...about, sequence: 3, status: 'deleted' } },
    ]);
  });

  it('that a connection ends soon', async () => {
    const { secret } = await scene.subscribe(owner.tenantId, ['connection.expiring_soon']);
    const id = await scene.world.connect(owner);
    await app.database.query(`UPDATE connections SET warn_at = $2 WHERE id = $1`, [id, app.clock.now()]);
    await app.get(ExpiryWarnings).recordDue(10);
    await scene.deliver();
    expect(toldWith(secret)).toMatchObject([{ type: 'connection.expiring_soon', data: { id } }]);
  });

  it('how a run ended, and nothing of what it held', async () => {
    const { secret } = await scene.subscribe(owner.tenantId, ['run.succeeded', 'run.failed']);
    const good = await run(200);
    const bad = await run(400);
    await scene.deliver();
    expect(new Set(toldWith(secret).map(({ type, data }) => [type, data.id, data.state].join(' ')))).toEqual(
      new Set([`run.succeeded ${good} succeeded`, `run.failed ${bad} failed`]),
    );
    expect(JSON.stringify(scene.receiver.requests)).not.toMatch(/secret_result|secret-input|access-1/);
  });

  it('that a run was cancelled', async () => {
    const { secret } = await scene.subscribe(owner.tenantId, ['run.failed']);
    const connectionId = await scene.world.connect(owner);
    const inputs = new Secret({ name: 'x' });
    // No worker has been heard of for long, so the run waits.
    app.clock.advance(60);
    const id = await createRun(app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
    await app.get(Runs).cancel(owner.tenantId, owner.userId, id);
    await scene.deliver();
    expect(toldWith(secret)).toMatchObject([{ type: 'run.failed', data: { id, state: 'cancelled' } }]);
  });

  it('that another key signs, but not of the first', async () => {
    const { secret } = await scene.subscribe(owner.tenantId, ['key.rotated']);
    const rotation = app.get(KeyRotation);
    await app.database.transaction((tx) => rotation.createFirst(owner.tenantId, SYSTEM_ACTOR, tx));
    const first = await rotation.rotate(owner.tenantId, { activateAfterSeconds: 0 }, SYSTEM_ACTOR);
    const second = await rotation.rotate(owner.tenantId, { activateAfterSeconds: 0 }, SYSTEM_ACTOR);
    await scene.deliver();
    const told = toldWith(secret);
    expect(told.map(({ type, data }) => [type, data.kid])).toEqual([
      ['key.rotated', first.kid],
      ['key.rotated', second.kid],
    ]);
  });

  it('only what it asked for', async () => {
    await scene.subscribe(owner.tenantId, ['connection.deleted']);
    const id = await scene.world.connect(owner);
    await run(200);
    await app.get(Connections).remove(owner.tenantId, owner.userId, id);
    await scene.deliver();
    expect(scene.receiver.requests.map(({ body }) => JSON.parse(body).type)).toEqual(['connection.deleted']);
  });

  it('nothing of what is not for subscribers, even when it asked for all', async () => {
    await scene.subscribe(owner.tenantId);
    expect(isSubscribable('connection.degraded')).toBe(false);
    const id = await scene.world.connect(owner);
    await app.database.query(`DELETE FROM webhook_deliveries`);
    await scene.happen(owner.tenantId, id, 2, 'connection.degraded' as never);
    expect(await app.database.query(`SELECT 1 FROM webhook_deliveries`)).toEqual([]);
  });

  it('nothing of another tenant', async () => {
    await scene.subscribe((await scene.world.newOwner()).tenantId);
    await scene.world.connect(owner);
    await run(200);
    expect(await app.database.query(`SELECT 1 FROM webhook_deliveries`)).toEqual([]);
  });
});

it('each type of the contract can be asked for', () => {
  expect(subscribableTypes).toEqual([
    'connection.created',
    'connection.refreshed',
    'connection.expiring_soon',
    'connection.needs_reauth',
    'connection.recovered',
    'connection.deleted',
    'run.succeeded',
    'run.failed',
    'key.rotated',
    'webhook.disabled',
  ]);
});

describe('the end of a run', () => {
  it('writes no event when nobody wants to know', async () => {
    await scene.subscribe(owner.tenantId, ['run.failed']);
    expect(await eventsOf(await run(200))).toEqual([]);
    expect(await eventsOf(await run(400))).toEqual([{ type: 'run.failed', sequence: 1 }]);
  });

  it('is written although a late answer stands on record already', async () => {
    await scene.subscribe(owner.tenantId, ['run.succeeded']);
    const connectionId = await scene.world.connect(owner);
    const inputs = new Secret({ name: 'x' });
    const id = await createRun(app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
    await app.get(Events).record(owner.tenantId, { type: 'run.late_answer', subject: id }, { state: 'succeeded' });
    scene.world.server.answerWith(json(200, {}));
    while ((await app.database.query(`SELECT 1 FROM run_jobs WHERE id = $1`, [id])).length > 0) {
      app.get(RunWorker).wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await eventsOf(id)).toEqual([
      { type: 'run.succeeded', sequence: 1 },
      { type: 'run.late_answer', sequence: 2 },
    ]);
  });
});

it('what is told is gone with the transaction that it was part of', async () => {
  await scene.subscribe(owner.tenantId);
  const failing = app.database.transaction(async (tx) => {
    const change = `SELECT 1 AS sequence, '{}'::jsonb AS payload`;
    const about = { type: 'connection.created', subject: owner.userId } as const;
    await app.get(Events).recordWith(tx, owner.tenantId, about, change, []);
    throw new Error('Changed nothing.');
  });
  await expect(failing).rejects.toThrow('Changed nothing.');
  expect(await app.database.query(`SELECT 1 FROM webhook_deliveries`)).toEqual([]);
});
