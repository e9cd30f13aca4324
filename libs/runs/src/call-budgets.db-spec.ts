import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallBudgets } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { asTenantId, newId } from '#libs/database';
import {
  appDocument,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { RunsModule } from './index.js';
import { RunClaims } from './run-claims.js';
import { RunExecutor } from './run-executor.js';

const WINDOW_SECONDS = 60;

let scene: ThirdPartyScene;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const budget = (account = 'a') => ({ tenantId: owner.tenantId, appId: owner.appId, account });
const book = (rate: { requests: number; perSeconds: number }, account = 'a', budgets = scene.app.get(CallBudgets)) =>
  budgets.book(budget(account), { ...rate, per: 'account' });
const secondsFromNow = (slot: Date) => (slot.getTime() - scene.app.clock.now().getTime()) / 1000;

/** The most that fall into one window, wherever it begins. */
function mostInWindow(seconds: number[], windowSeconds: number): number {
  return Math.max(...seconds.map((from) => seconds.filter((at) => at >= from && at < from + windowSeconds).length));
}

describe('a budget of calls', () => {
  it.each([1, 2, 3, 10, 60, 600])(
    'of %i a minute is not overdrawn in any minute, also by two workers',
    async (requests) => {
      await using other = await scene.startAnother();
      const rate = { requests, perSeconds: WINDOW_SECONDS };
      const slots: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        const all = Array.from({ length: requests }, (_, index) =>
          book(rate, 'a', (index % 2 ? other : scene.app).get(CallBudgets)),
        );
        slots.push(...(await Promise.all(all)).map((slot) => slot.getTime() / 1000));
        scene.app.clock.advance(17);
      }
      expect(mostInWindow(slots, WINDOW_SECONDS)).toBeLessThanOrEqual(requests);
      expect(mostInWindow(slots, WINDOW_SECONDS)).toBeGreaterThanOrEqual(Math.floor(requests * 0.8));
    },
  );

  it('goes to those who ask, in the order in which they ask', async () => {
    const slots = await Promise.all(Array.from({ length: 30 }, () => book({ requests: 60, perSeconds: 60 })));
    const times = slots.map((slot) => slot.getTime());
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(secondsFromNow(slots[0] as Date)).toBe(0);
  });

  it('is nobody else’s: another account, and another tenant, have their own', async () => {
    const rate = { requests: 1, perSeconds: 60 };
    await book(rate);
    expect(secondsFromNow(await book(rate, 'b'))).toBe(0);
    owner = await scene.newOwner();
    expect(secondsFromNow(await book(rate))).toBe(0);
  });

  it('is booked though a tenant that asks in the same moment was just deleted', async () => {
    const rate = { requests: 60, perSeconds: 60 };
    const gone = { ...budget(), tenantId: asTenantId(newId()) };
    const ofGone = scene.app.get(CallBudgets).book(gone, { ...rate, per: 'account' });
    const [refused, first, second] = await Promise.allSettled([ofGone, book(rate), book(rate, 'b')]);
    expect([refused.status, first.status, second.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('begins when the pause is over that the app asks for', async () => {
    const budgets = scene.app.get(CallBudgets);
    await budgets.pause(budget(), scene.app.clock.in(40));
    await budgets.pause(budget(), scene.app.clock.in(20));
    expect(await budgets.pausedUntil(budget())).toEqual(scene.app.clock.in(40));
    expect(secondsFromNow(await book({ requests: 60, perSeconds: 60 }))).toBeCloseTo(40, 1);
    scene.app.clock.advance(41);
    expect(await budgets.pausedUntil(budget())).toBeNull();
  });

  it('is forgotten when nobody has used it for a day', async () => {
    await book({ requests: 60, perSeconds: 60 });
    scene.app.clock.advance(86_400 + 120);
    expect(await scene.app.get(CallBudgets).deleteExpired(1000)).toBeGreaterThan(0);
    expect(await scene.app.get(CallBudgets).deleteExpired(1000)).toBe(0);
  });
});

it('100 open runs share 60 calls a minute: no 429, and each is looked at as often as the others (P9)', async () => {
  const { tenantId, userId } = owner;
  const document = appDocument('rated', scene.server.origin);
  const rate = { requests: 60, per_seconds: WINDOW_SECONDS, per: 'client' };
  const registered = await registerApp(scene.app, { ...document, 'x-gatehouse': { rate, poll: {} } });
  const rated = { tenantId, userId, appId: await offerApp(scene.app, tenantId, registered) };
  const connectionId = await scene.connect(rated, oauth2Credentials(scene.app, { expiresAt: null }));
  const calls: number[] = [];
  const looks = new Map<string, number>();
  let refused = 0;
  scene.server.answerWith((request, response) => {
    const now = scene.app.clock.now().getTime() / 1000;
    const recent = calls.filter((at) => at > now - WINDOW_SECONDS).length;
    if (recent >= 60) {
      refused += 1;
      json(429, {}, { 'retry-after': '10' })(request, response);
      return;
    }
    calls.push(now);
    if (request.method === 'GET') looks.set(request.url, (looks.get(request.url) ?? 0) + 1);
    const { name } = JSON.parse(request.body || '{}') as { name?: string };
    json(202, {}, { location: name === undefined ? request.url : `/api/jobs/${name}` })(request, response);
  });
  for (let name = 0; name < 100; name += 1) {
    const inputs = new Secret({ name: `${name}` });
    await createRun(scene.app, tenantId, { ...rated, actionKey: 'create_thing', connectionId, inputs });
  }
  await scene.app.database.query(`UPDATE run_jobs SET deadline = $1`, [scene.app.clock.in(3600)]);
  const claims = new RunClaims(scene.app.database, { owner: 'worker', places: 128 });
  const executor = scene.app.get(RunExecutor);
  for (let tick = 0; tick < 800; tick += 1) {
    const runs = await claims.claim(scene.app.clock.now());
    await Promise.all(runs.map((run) => executor.take(run).finally(() => claims.done(run))));
    await turn();
    scene.app.clock.advance(0.5);
  }
  expect(refused).toBe(0);
  expect(calls.length).toBeGreaterThan(300);
  const counts = [...looks.values()];
  expect(counts).toHaveLength(100);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
});
