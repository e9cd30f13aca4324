import { setTimeout as delay } from 'node:timers/promises';
import { queryOnce, type CountedJob } from '#libs/testing';
import { inspectChild } from './inspector.js';
import type { Run, Runner } from './measure.js';
import { cpuMicroseconds } from './processor-time.js';
import { RunsScene, type Caller } from './runs-scene.js';
import type { Suite } from './suite.js';

/** `RUNS=10000 npm run bench -- runs-poll --runs 1` for the figures of the specification. */
const RUNS = Number(process.env['RUNS'] ?? 2000);
const [LEAST_SECONDS, MOST_SECONDS] = [2, 30];
const AT_ONCE = 32;
const LOOP_MILLISECONDS = 1000;

/** Runs that an app finishes by itself after 2 to 30 s: how soon we know, and how often we ask, against a loop that asks each second. */
export const runsPoll: Suite = {
  async prepare(bench, { profile }) {
    const scene = await RunsScene.start(bench, { profile });
    const caller = await scene.caller();
    const baselines = { 'a loop of fetch, each second': looping(scene) };
    const measures = [{ name: `${RUNS} runs polled`, unit: 'runs', ours: polling(scene, caller), baselines }];
    return { measures, inspect: () => inspectChild(scene.service.logs()) };
  },
};

/** A run takes as long as it takes: the seconds of the command line do not matter. */
function polling(scene: RunsScene, caller: Caller): Runner {
  return async () => {
    await scene.app.forget();
    const before = await rowsWritten(scene.databaseUrl);
    const cpuBefore = await cpuMicroseconds(scene.service.pid);
    const began = performance.now();
    const names = new Map<string, string>();
    await inLanes(RUNS, AT_ONCE, async (turn) => {
      const name = `job-${turn}`;
      names.set(await caller.create('awaited', { name, seconds: randomSeconds() }), name);
    });
    await scene.quiet();
    const elapsedSeconds = (performance.now() - began) / 1000;
    const cpuAfter = await cpuMicroseconds(scene.service.pid);
    // Counts of the database's activity come with a delay.
    await delay(2000);
    const rows = (await rowsWritten(scene.databaseUrl)) - before;
    const finished = await queryOnce(
      scene.databaseUrl,
      `SELECT id, state, finished_at AS at FROM runs WHERE id = ANY ($1)`,
      [[...names.keys()]],
    );
    const failed = finished.find(({ state }) => state !== 'succeeded');
    if (failed) throw new Error(`A run ended as ${String(failed['state'])}.`);
    const seenAt = new Map(finished.map(({ id, at }) => [names.get(String(id)) ?? '', (at as Date).getTime()]));
    const run = toRun((await scene.app.log()).jobs, seenAt, elapsedSeconds);
    return {
      ...run,
      figures: { ...run.figures, 'rows written a run': rows / RUNS },
      ...(cpuBefore !== undefined && cpuAfter !== undefined && { cpuMicroseconds: (cpuAfter - cpuBefore) / RUNS }),
    };
  };
}

/** As one would write it by hand, with nothing stored: what it does not survive is a restart. */
function looping({ app }: RunsScene): Runner {
  return async () => {
    await app.forget();
    const cpuBefore = process.cpuUsage();
    const began = performance.now();
    const seenAt = new Map<string, number>();
    const loops: Promise<void>[] = [];
    await inLanes(RUNS, AT_ONCE, async (turn) => {
      const name = `job-${turn}`;
      const body = JSON.stringify({ name, seconds: randomSeconds() });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${app.origin}/awaited`, { method: 'POST', headers, body });
      await response.text();
      const place = new URL(response.headers.get('location') ?? '', app.origin);
      loops.push(untilDone(place).then(() => void seenAt.set(name, Date.now())));
    });
    await Promise.all(loops);
    const elapsedSeconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { ...toRun((await app.log()).jobs, seenAt, elapsedSeconds), cpuMicroseconds: (user + system) / RUNS };
  };
}

async function untilDone(place: URL): Promise<void> {
  for (;;) {
    await delay(LOOP_MILLISECONDS);
    const response = await fetch(place);
    await response.text();
    if (response.status === 200) return;
  }
}

/** @param seenAt by name: when the poller had the result in its hands, and we had stored it */
function toRun(jobs: readonly CountedJob[], seenAt: ReadonlyMap<string, number>, elapsedSeconds: number): Run {
  const late = jobs
    .map(({ name, doneAt }) => (seenAt.get(name) ?? Number.NaN) - doneAt)
    .sort((one, other) => one - other);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN;
  const looks = jobs.reduce((sum, job) => sum + job.looks.length, 0);
  return {
    perSecond: jobs.length / elapsedSeconds,
    p99Milliseconds: at(0.99),
    figures: { 'known after, p50 ms': at(0.5), 'looks a run': looks / jobs.length },
  };
}

/** Inserted, updated and deleted, in all tables. */
async function rowsWritten(databaseUrl: string): Promise<number> {
  const [row] = await queryOnce(
    databaseUrl,
    `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS rows FROM pg_stat_user_tables`,
  );
  return Number(row?.['rows']);
}

function randomSeconds(): number {
  return LEAST_SECONDS + Math.random() * (MOST_SECONDS - LEAST_SECONDS);
}

async function inLanes(count: number, width: number, work: (turn: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let turn = next++; turn < count; turn = next++) await work(turn);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
