import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connections } from '#libs/connections';
import { Database, newId } from '#libs/database';
import { startThirdPartyScene, type ConnectionOwner, type ThirdPartyScene } from '#libs/testing';
import { Backlogs } from './backlog.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const waiting = async (name: string) => {
  const backlogs = new Backlogs(scene.app.get(Database), scene.app.clock);
  return (await backlogs.queues()).find(({ queue }) => queue === name);
};
const refreshes = () => waiting('refreshes');

it('counts a connection that somebody waits for since it was asked for, beside those due by the clock', async () => {
  const { clock, database } = scene.app;
  const id = await scene.connect(owner);
  await database.query(`UPDATE connections SET due_at = NULL`);
  expect(await refreshes()).toEqual({ queue: 'refreshes', due: 0, overdue: 0, oldestSeconds: 0 });

  const connections = scene.app.get(Connections);
  const connection = await connections.byId(owner.tenantId, id);
  if (connection) await connections.refreshNow(connection);
  clock.advance(30);
  expect(await refreshes()).toEqual({ queue: 'refreshes', due: 1, overdue: 0, oldestSeconds: 30 });

  const other = await scene.connect(owner);
  await database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [other, clock.in(-45)]);
  expect(await refreshes()).toEqual({ queue: 'refreshes', due: 2, overdue: 0, oldestSeconds: 45 });
  clock.advance(30);
  expect(await refreshes()).toEqual({ queue: 'refreshes', due: 2, overdue: 2, oldestSeconds: 75 });
});

it('counts a mass disconnection from its beginning to its end, however often it is put off', async () => {
  const { clock, database } = scene.app;
  expect(await waiting('revocation_jobs')).toEqual({ queue: 'revocation_jobs', due: 0, overdue: 0, oldestSeconds: 0 });
  const id = newId();
  await database.query(
    `INSERT INTO revocation_jobs (tenant_id, id, state, total, actor, created_at, due_at) VALUES ($1, $2, 'running', 1, 'x', $3, $4)`,
    [owner.tenantId, id, clock.in(-600), clock.in(5)],
  );
  expect(await waiting('revocation_jobs')).toEqual({
    queue: 'revocation_jobs',
    due: 1,
    overdue: 1,
    oldestSeconds: 600,
  });
  await database.query(`UPDATE revocation_jobs SET state = 'done', due_at = NULL WHERE id = $1`, [id]);
  expect(await waiting('revocation_jobs')).toMatchObject({ due: 0 });
});

it('counts third parties that are still to be told', async () => {
  const { clock, database } = scene.app;
  for (const seconds of [-120, -30, 30])
    await database.query(
      `INSERT INTO due_revocations (tenant_id, connection_id, app_id, actor, due_at) VALUES ($1, $2, $3, 'x', $4)`,
      [owner.tenantId, newId(), owner.appId, clock.in(seconds)],
    );
  expect(await waiting('revocations')).toEqual({ queue: 'revocations', due: 2, overdue: 1, oldestSeconds: 120 });
});
