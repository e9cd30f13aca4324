import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  createUpstream,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { type Upstream, UpstreamBudgets, UpstreamError, UpstreamModule, type UpstreamUrgency } from './index.js';

/** Nobody waits here: that one would, and how long, is what is looked at. */
const { waits } = await vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  return { waits: new AsyncLocalStorage<{ milliseconds: number; during?: () => Promise<void> }>() };
});
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: async (milliseconds: number) => {
    Object.assign(waits.getStore() ?? {}, { milliseconds });
    await waits.getStore()?.during?.();
  },
}));

const WINDOW_SECONDS = 60;

let database: TestDatabase;
let processes: TestApp[];
let upstream: Upstream;
let hosts = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const app = await startTestApp({ databaseUrl: database.url, imports: [UpstreamModule] });
  const options = { databaseUrl: database.url, imports: [UpstreamModule], clock: app.clock, keyring: app.keyring };
  processes = [app, await startTestApp(options), await startTestApp(options)];
});
beforeEach(async () => {
  upstream = await newUpstream();
});
afterAll(async () => {
  for (const process of processes ?? []) await process.close();
  await database?.drop();
});

const clock = () => first().clock;
const first = () => processes[0] as TestApp;
async function newUpstream(
  host = `https://api-${(hosts += 1)}.example`,
  clientId = 'partner-client',
  callsPerAddress = 60,
) {
  const limits = { callsPerAddress, callsPerPartner: 150, windowSeconds: WINDOW_SECONDS, clientId };
  return createUpstream(first(), (await createTenant(first())).id, host, limits);
}

/** @returns when the call would be made, in seconds; or the error */
async function take(urgency: UpstreamUrgency, at = upstream, process = first(), isReturning = false) {
  const waited = { milliseconds: 0 };
  const now = clock().now().getTime() / 1000;
  try {
    await waits.run(waited, () => process.get(UpstreamBudgets).take(at, { urgency, isReturning }));
    return now + waited.milliseconds / 1000;
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
}

/** The window is longer by what a call may be late: then it holds, on arrival, for one that is not. */
function mostInWindow(times: number[]): number {
  const seconds = WINDOW_SECONDS * 1.05 + 0.05 - 0.001;
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + seconds).length));
}

describe('the budget of an upstream', () => {
  it('is not overdrawn in any window by 1,000 calls of three processes, at the address or for the partner', async () => {
    const other = await newUpstream(upstream.apiUrl, 'other-client');
    const calls: { at: number; clientId: string }[] = [];
    for (let turn = 0; calls.length < 1000; turn += 1) {
      const asking = Array.from({ length: 24 }, async (_, index) => {
        const target = index % 5 ? upstream : other;
        const taken = await take('worker', target, processes[index % 3], true);
        if (typeof taken === 'number') calls.push({ at: taken, clientId: target.clientId });
      });
      await Promise.all(asking);
      clock().advance(turn % 50 === 49 ? 20 : 6);
    }
    expect(calls.length).toBeGreaterThanOrEqual(1000);
    expect(mostInWindow(calls.map(({ at }) => at))).toBeLessThanOrEqual(60);
    const seconds = Math.max(...calls.map(({ at }) => at)) - Math.min(...calls.map(({ at }) => at));
    expect(calls.length / seconds).toBeGreaterThan(0.7);
  });

  it('is that of the others on its host, however slow one tenant wants to be', async () => {
    const slow = await newUpstream(upstream.apiUrl, 'slow-client', 1);
    const now = clock().now().getTime() / 1000;
    expect(await take('person', slow)).toBe(now);
    expect(await take('person', slow)).toBeInstanceOf(UpstreamError);
    expect(await take('person')).toBe(now);
  });

  it('lets nobody call in the pause after a 429 who had a place before it', async () => {
    const budgets = first().get(UpstreamBudgets);
    const until = clock().in(60);
    const seen = { isPaused: false };
    const during = async () => {
      seen.isPaused = true;
      await budgets.pause(upstream, until);
    };
    const untilPaused = async () => {
      while (!seen.isPaused)
        await waits.run({ milliseconds: 0, during }, () => budgets.take(upstream, { urgency: 'person' }));
    };
    await expect(untilPaused()).rejects.toMatchObject({ kind: 'throttled', at: until });
  });

  it('holds for a partner behind several addresses', async () => {
    const wide = await newUpstream(upstream.apiUrl, 'wide-client', 100_000);
    const times: number[] = [];
    for (let turn = 0; turn < 200; turn += 1) {
      const taken = await Promise.all(processes.map((process) => take('worker', wide, process, true)));
      times.push(...taken.filter((at) => typeof at === 'number'));
      clock().advance(0.5);
    }
    expect(times.length).toBeGreaterThan(200);
    expect(mostInWindow(times)).toBeLessThanOrEqual(150);
  });

  it('tells a worker when to come back, each one another time, and keeps a place for a person', async () => {
    const taken: (number | UpstreamError)[] = [];
    for (let call = 0; call < 12; call += 1) taken.push(await take('worker'));
    const told = taken.filter((one) => one instanceof UpstreamError);
    expect(told.length).toBeGreaterThan(2);
    expect(told.every(({ kind }) => kind === 'throttled')).toBe(true);
    const times = told.map(({ at }) => (at?.getTime() ?? 0) / 1000);
    for (const [index, at] of times.entries()) expect(at - (times[index - 1] ?? at - 1)).toBeGreaterThan(0.9);
    expect(await take('person')).toEqual(expect.any(Number));
  });

  it('serves who comes back at the time that they were told before who comes for the first time', async () => {
    let told: UpstreamError | null = null;
    for (let call = 0; call < 20; call += 1) {
      const taken = await take('worker');
      if (taken instanceof UpstreamError) told ??= taken;
    }
    const seconds = ((told?.at?.getTime() ?? 0) - clock().now().getTime()) / 1000;
    clock().advance(seconds);
    expect(await take('worker')).toBeInstanceOf(UpstreamError);
    expect(await take('worker', upstream, first(), true)).toEqual(expect.any(Number));
  });

  it('is closed to everybody after a 429, until the time that was named', async () => {
    const sameHost = await newUpstream(upstream.apiUrl, 'other-client');
    await first().get(UpstreamBudgets).pause(upstream, clock().in(60));
    for (const process of processes)
      expect(await take('person', sameHost, process)).toMatchObject({ kind: 'throttled', at: clock().in(60) });
    clock().advance(60);
    expect(await take('person', sameHost)).toEqual(expect.any(Number));
  });

  it('is forgotten when nobody has used it for a day', async () => {
    await take('person');
    clock().advance(86_400 + 120);
    expect(await first().get(UpstreamBudgets).deleteExpired(1000)).toBeGreaterThan(0);
    expect(await first().get(UpstreamBudgets).deleteExpired(1000)).toBe(0);
  });
});
