import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connections } from '#libs/connections';
import { Database } from '#libs/database';
import { startThirdPartyScene, type ConnectionOwner, type ThirdPartyScene } from '#libs/testing';
import { Backlogs } from './backlog.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const refreshes = async () => {
  const backlogs = new Backlogs(scene.app.get(Database), scene.app.clock);
  return (await backlogs.queues()).find(({ queue }) => queue === 'refreshes');
};

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
