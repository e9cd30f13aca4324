import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findOperation, TenantCatalog, type TenantAppView } from '#libs/catalog';
import { ActionTests, budgetOwner, CallBudgets, Connections, type AppUse, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import {
  appDocument,
  type ConnectionOwner,
  createRun,
  json,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { RunsModule } from './index.js';
import { RunClaims } from './run-claims.js';
import { RunExecutor } from './run-executor.js';
import { RunSlots } from './run-slots.store.js';
import type { Run } from './run.entity.js';

const RATE = { requests: 60, per_seconds: 60 };
const RUNS = 90;

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let registered: Awaited<ReturnType<typeof registerApp>>;
/** What the app was called for, and when, in seconds. */
let calls: { name: string; at: number }[];

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  const document = appDocument('in-turn', scene.server.origin);
  registered = await registerApp(scene.app, { ...document, 'x-gatehouse': { rate: RATE } });
});
beforeEach(async () => {
  const { tenantId, userId } = await scene.newOwner();
  owner = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  calls = [];
  scene.server.answerWith((request, response) => {
    const { name } = JSON.parse(request.body) as { name: string };
    calls.push({ name, at: scene.app.clock.now().getTime() / 1000 });
    json(200, {})(request, response);
  });
});
afterAll(() => scene?.close());

/** @returns names by run */
async function createRuns(): Promise<Map<string, string>> {
  const connectionId = await scene.connect(owner);
  const names = new Map<string, string>();
  for (let index = 0; index < RUNS; index += 1) {
    const name = `${index}`;
    const run = { ...owner, actionKey: 'create_thing', connectionId, inputs: new Secret({ name }) };
    names.set(await createRun(scene.app, owner.tenantId, run), name);
  }
  return names;
}

async function work(seconds: number): Promise<void> {
  const claims = new RunClaims(scene.app.database, { owner: 'worker', places: 128 });
  const executor = scene.app.get(RunExecutor);
  for (let tick = 0; tick < seconds * 2; tick += 1) {
    const runs = await claims.claim(scene.app.clock.now());
    await Promise.all(runs.map((run) => executor.take(run).finally(() => claims.done(run))));
    await turn();
    scene.app.clock.advance(0.5);
  }
}

/** In the order of their places. */
const waiting = async () =>
  (
    await scene.app.database.query<{ id: string }>(
      `SELECT id FROM run_jobs WHERE tenant_id = $1 AND slot_at IS NOT NULL ORDER BY slot_at`,
      [owner.tenantId],
    )
  ).map(({ id }) => id);

const mostInAMinute = () =>
  Math.max(...calls.map(({ at: from }) => calls.filter(({ at }) => at >= from && at < from + 60).length));

it.each([
  ['the workers were away', () => Promise.resolve(scene.app.clock.advance(20))],
  [
    'the app had asked for a pause',
    async () => {
      const until = scene.app.clock.in(20);
      await scene.app.get(CallBudgets).pause({ ...owner, account: 'account-1' }, until);
      await work(20);
    },
  ],
])('those who missed their turns while %s are first, in their order, and no minute has more calls', async (_, away) => {
  const names = await createRuns();
  await work(6);
  const before = (await waiting()).map((id) => names.get(id));
  expect(before.length).toBeGreaterThan(RUNS / 2);
  const called = calls.length;
  await away();
  await work(140);
  // A place that is missed by less than two seconds is still used, at once.
  const first = calls[called]?.at ?? Number.NaN;
  const later = calls.slice(called).filter(({ at }) => at > first);
  const inTurn = later.map(({ name }) => name);
  expect(calls.length - called - later.length).toBeLessThanOrEqual(2);
  expect(inTurn).toEqual(before.filter((name) => inTurn.includes(name ?? '')));
  expect(calls).toHaveLength(RUNS);
  expect(mostInAMinute()).toBeLessThanOrEqual(RATE.requests);
});

it('who is late passes those of its own connection alone', async () => {
  const waitingRun = async (of: ConnectionOwner, connectionId: string) => {
    const run = { ...of, actionKey: 'create_thing', connectionId, inputs: new Secret({ name: 'Ada' }) };
    const id = await createRun(scene.app, of.tenantId, run);
    await scene.app.database.query(`UPDATE run_jobs SET slot_at = $2, due_at = $2 WHERE id = $1`, [
      id,
      scene.app.clock.in(5),
    ]);
    return id;
  };
  const connectionId = await scene.connect(owner);
  const { tenantId, userId } = await scene.newOwner();
  const stranger = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  const own = await waitingRun(owner, connectionId);
  const others = [
    await waitingRun(owner, await scene.connect(owner)),
    await waitingRun(stranger, await scene.connect(stranger)),
  ];
  const run = { ...owner, id: newId(), appVersion: 1, connectionId } as Run;
  const late = { run, app: { definition: { rate: { per: 'account' } } } as TenantAppView };
  const [now, bookedAt] = [scene.app.clock.now(), scene.app.clock.in(9)];
  const place = await scene.app
    .get(RunSlots)
    .moveUp({ work: late, lostAt: scene.app.clock.in(-9), bookedAt, from: now });
  expect(place).toEqual(scene.app.clock.in(5));
  const slots = await scene.app.database.query<{ id: string; slot_at: Date; due_at: Date }>(
    `SELECT id, slot_at, due_at FROM run_jobs WHERE id = ANY ($1)`,
    [[own, ...others]],
  );
  const slotOf = (id: string) => slots.find((slot) => slot.id === id);
  expect(slotOf(own)).toMatchObject({ slot_at: bookedAt, due_at: bookedAt });
  for (const id of others) expect(slotOf(id)).toMatchObject({ slot_at: place, due_at: place });
});

it('a question that a person waits for is one of the calls, and is refused where its turn is far', async () => {
  const rate = { requests: 2, per_seconds: 60 };
  const document = appDocument('asked', scene.server.origin);
  const asked = await registerApp(scene.app, { ...document, 'x-gatehouse': { rate } });
  const { tenantId, userId } = owner;
  const own = { tenantId, userId, appId: await offerApp(scene.app, tenantId, asked) };
  const connectionId = await scene.connect(own);
  const use = await useOf(own, connectionId);
  const operation = findOperation(use.app.definition, 'create_thing');
  if (!operation) throw new Error('no operation');
  const test = (name: string) => scene.app.get(ActionTests).run(use, operation, { name });
  const ours = new Set(['a test', 'a run', 'too soon', 'in time']);
  const names = () => calls.map(({ name }) => name).filter((name) => ours.has(name));

  await test('a test');
  const inputs = new Secret({ name: 'a run' });
  await createRun(scene.app, tenantId, { ...own, actionKey: 'create_thing', connectionId, inputs });
  await work(20);
  expect(names()).toEqual(['a test']);
  await work(20);
  expect(names()).toEqual(['a test', 'a run']);
  for (let again = 0; again < 5; again += 1)
    await expect(test('too soon')).rejects.toMatchObject({ code: 'test_failed', retryAfterSeconds: 23 });
  scene.app.clock.advance(24);
  await test('in time');
  expect(names()).toEqual(['a test', 'a run', 'in time']);
});

async function useOf({ tenantId, userId, appId }: ConnectionOwner, connectionId: string): Promise<AppUse> {
  const [app, connection] = await Promise.all([
    scene.app.get(TenantCatalog).find(tenantId, appId),
    scene.app.get(Connections).findVisible(tenantId, userId, connectionId),
  ]);
  if (!app || !connection) throw new Error('nothing to use');
  const credentials = new Secret<Credentials>({ kind: 'bearer', token: 'a-token' });
  return {
    app,
    owner: { tenantId, userId, appId, version: app.version, serverUrl: null, connection: null },
    budget: budgetOwner(tenantId, app, connection),
    credentials: () => Promise.resolve(credentials),
  };
}
