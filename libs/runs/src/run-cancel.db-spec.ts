import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  type ConnectionOwner,
  createRun,
  json,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import type { RunOutcome } from './run-outcome.js';
import { Runs, RunsModule, RunWorker } from './index.js';

/** The whole proof is 1,000. */
const RUNS = Number(process.env.CANCEL_RACES ?? 300);
const MOST_MILLISECONDS = 6;

let scene: ThirdPartyScene;
let other: TestApp;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  other = await scene.startAnother();
  owner = await scene.newOwner();
  const { database } = scene.app;
  await database.query(`CREATE TABLE run_changes (id uuid, before text, after text)`);
  await database.query(
    `CREATE FUNCTION note_run_change() RETURNS trigger LANGUAGE plpgsql AS
     'BEGIN INSERT INTO run_changes VALUES (NEW.id, OLD.state, NEW.state); RETURN NEW; END'`,
  );
  await database.query(
    `CREATE TRIGGER run_changed AFTER UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION note_run_change()`,
  );
});
afterAll(async () => {
  await other?.close();
  await scene?.close();
});

interface Counted {
  id: string;
  state: string;
  asksForCallback: boolean;
  outcomes: number;
  callbacks: number;
  jobs: number;
  ends: number;
  changes: number;
}

/** What there is of each run, and how often it changed: to an end, and from one. */
const counted = () =>
  scene.app.database.query<Counted>(
    `SELECT id, state, callback_client_id IS NOT NULL AS "asksForCallback",
            (SELECT count(*)::int FROM vault_secrets WHERE kind = 'run' AND field = 'outcome' AND row_id = runs.id::text) AS outcomes,
            (SELECT count(*)::int FROM run_callbacks WHERE id = runs.id) AS callbacks,
            (SELECT count(*)::int FROM run_jobs WHERE id = runs.id) AS jobs,
            (SELECT count(*)::int FROM run_changes change
              WHERE change.id = runs.id AND change.after NOT IN ('queued', 'running', 'polling')) AS ends,
            (SELECT count(*)::int FROM run_changes change
              WHERE change.id = runs.id AND change.before NOT IN ('queued', 'running', 'polling')) AS changes
       FROM runs WHERE tenant_id = $1 ORDER BY id`,
    [owner.tenantId],
  );

it(`${RUNS} runs are cancelled in one process while they succeed in another: each has one end, and keeps it (P7)`, async () => {
  const connectionId = await scene.connect(owner);
  const told = new Map<string, RunOutcome['state'] | undefined>();
  const cancelling: Promise<void>[] = [];
  const cancel = async (id: string, milliseconds: number) => {
    await delay(milliseconds);
    const view = await other.get(Runs).cancel(owner.tenantId, owner.userId, id);
    expect(view?.run.state).toBe(view?.outcome?.state);
    if (told.has(id)) expect(view?.outcome?.state).toBe(told.get(id));
    told.set(id, view?.outcome?.state);
  };
  const ids = new Map<string, string>();
  scene.server.answerWith(async (request, response) => {
    const { name } = JSON.parse(request.body) as { name: string };
    cancelling.push(cancel(ids.get(name) ?? '', Math.random() * MOST_MILLISECONDS));
    await delay(Math.random() * MOST_MILLISECONDS);
    json(200, { name })(request, response);
  });
  for (let index = 0; index < RUNS; index += 1) {
    const callback = index % 2 ? { url: new Secret('https://caller.test/runs'), clientId: 'caller' } : null;
    const inputs = new Secret({ name: `${index}` });
    const run = { ...owner, actionKey: 'create_thing', connectionId, inputs, callback };
    ids.set(`${index}`, await createRun(scene.app, owner.tenantId, run));
  }
  // Some while they may not have been sent yet.
  for (let index = 0; index < RUNS; index += 5)
    cancelling.push(cancel(ids.get(`${index}`) ?? '', Math.random() * RUNS));
  for (let left = true; left;) {
    scene.app.get(RunWorker).wake();
    left = (await scene.app.database.query(`SELECT 1 FROM run_jobs LIMIT 1`)).length > 0;
    await turn();
  }
  await scene.app.get(RunWorker).stop();
  await Promise.all(cancelling);

  const runs = await counted();
  expect(runs).toHaveLength(RUNS);
  for (const { id, asksForCallback, ...run } of runs) {
    const callbacks = asksForCallback ? 1 : 0;
    expect(run).toEqual({ state: told.get(id), outcomes: 1, callbacks, jobs: 0, ends: 1, changes: 0 });
  }
  // Neither always came first.
  expect(new Set(told.values())).toEqual(new Set(['succeeded', 'cancelled']));
}, 120_000);
