import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '#libs/database';
import { signals } from '#libs/telemetry';
import { startThirdPartyScene, type ConnectionOwner, type ThirdPartyScene } from '#libs/testing';
import { RevocationJobs, RevocationJobWorker } from './index.js';

const OPERATOR = { name: 'operator', address: null };
const EVERYTHING = { appId: null, org: null, subject: null, before: null };
/** More than are disconnected in one turn. */
const MANY = 5000;

let scene: ThirdPartyScene;
let jobs: RevocationJobs;

beforeEach(async () => {
  scene = await startThirdPartyScene([]);
  jobs = scene.app.get(RevocationJobs);
});
afterEach(() => scene?.close());

/** A job that came after all before it. */
async function start({ tenantId }: ConnectionOwner): Promise<string> {
  scene.app.clock.advance(1);
  return jobs.start(tenantId, EVERYTHING, OPERATOR);
}

/** Without credentials. Their ids are older than those of every job. */
const connectMany = ({ tenantId, userId, appId }: ConnectionOwner) =>
  scene.app.database.query(
    `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, last_refreshed_at, created_at)
     SELECT $1, lpad(to_hex(number), 32, '0')::uuid, $2, $3, 'Acme', 'connected', $4, $4, $4 FROM generate_series(1, $5) AS number`,
    [tenantId, userId, appId, scene.app.clock.now(), MANY],
  );

const finished = async () => {
  const rows = await scene.app.database.query<{ subject: string }>(
    `SELECT subject FROM audit_entries WHERE action = 'revocation.finished' ORDER BY id`,
  );
  return rows.map(({ subject }) => subject);
};

it('a small job that comes while a large one is carried out does not wait for its end', async () => {
  const [large, small] = [await scene.newOwner(), await scene.newOwner()];
  await connectMany(large);
  await scene.connect(small);
  let turns = 0;
  const end = signals.loopTurned.subscribe(({ loop }) => (turns += Number(loop === 'revocation_jobs')));
  const largeJob = await start(large);
  const running = scene.app.get(RevocationJobWorker).runDue();
  await expect
    .poll(async () => (await jobs.find(large.tenantId, largeJob))?.disconnected, { interval: 5 })
    .toBeGreaterThan(0);
  const smallJob = await start(small);
  await running;
  end();
  // In between it says that it does not hang.
  expect(turns).toBeGreaterThan(2);
  expect(await finished()).toEqual([smallJob, largeJob]);
  expect(await jobs.find(large.tenantId, largeJob)).toMatchObject({ state: 'done', disconnected: MANY });
});

it('as many jobs as one process takes at once, all in the hands of others, keep no further one waiting', async () => {
  const owners = await Promise.all(Array.from({ length: 4 }, () => scene.newOwner()));
  for (const owner of owners) await start(owner);
  const last = await scene.newOwner();
  const lastJob = await start(last);
  await scene.app.get(Database).overTenants.transaction(async (tx) => {
    await tx.query(`SELECT 1 FROM revocation_jobs WHERE tenant_id <> $1 FOR UPDATE`, [last.tenantId]);
    await scene.app.get(RevocationJobWorker).runDue();
  });
  expect(await finished()).toEqual([lastJob]);
});

it('a job whose worker has died is gone on with', async () => {
  const owner = await scene.newOwner();
  await scene.connect(owner);
  const job = await start(owner);
  expect(await jobs.claim(4)).toEqual([{ tenantId: owner.tenantId, id: job }]);
  await scene.app.get(RevocationJobWorker).runDue();
  expect(await finished()).toEqual([]);
  scene.app.clock.advance(5);
  await scene.app.get(RevocationJobWorker).runDue();
  expect(await finished()).toEqual([job]);
});
