import { missed, type Size } from '../refresh/experiment.js';
import { becomes } from '../refresh/until.js';
import type { Told } from '../table.js';
import { Disturbances, type Plan } from './disturbances.js';
import { Load, type LoadOptions } from './load.js';
import { MemoryWatch } from './memory.js';
import { SoakWorld } from './soak-world.js';

/** What the soak came to. It holds when nothing was missed. */
export interface SoakFinding extends Told {
  jobs: number;
  runs: number;
  /** Ended as `outcome_unknown`: in the hand of a worker that was killed. */
  unknown: number;
  /** In no final state at the end. */
  open: number;
  connections: number;
  unusable: number;
  /** Runs and connections that the endpoint was not told about. */
  untold: number;
}

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const PLANS: Record<Size, Plan & LoadOptions> = {
  full: {
    seconds: MINUTES * 60,
    killEverySeconds: 60,
    databaseDiesAt: [0.34, 0.67],
    jobsPerSecond: 3,
    connectEverySeconds: 15,
    connections: 10,
  },
  short: {
    seconds: 30,
    killEverySeconds: 11,
    databaseDiesAt: [0.2, 0.55],
    jobsPerSecond: 3,
    connectEverySeconds: 4,
    connections: 3,
  },
};
const SETTLE_SECONDS = 90;
const STOP_SECONDS = 45;
/** Of the time: until then caches fill, and code is compiled. */
const WARM_UP_PART = 0.35;
/** security.md L1. */
const RSS_SLOPE = 1;
const LAG_MILLISECONDS = 50;
/** A run is in the hand of one worker; each may have so many. */
const IN_HAND = 32;

export async function soak(size: Size): Promise<SoakFinding[]> {
  const plan = PLANS[size];
  await using world = await SoakWorld.start();
  const load = new Load(world, plan);
  await load.prepare();
  const warmAt = Date.now() + plan.seconds * WARM_UP_PART * 1000;
  const watches = [new MemoryWatch('api', world.api), new MemoryWatch('worker', world.steadyWorker)];
  const disturbances = new Disturbances(world, plan);
  await Promise.all([load.run(plan.seconds), disturbances.run()]);
  await Promise.all(watches.map((watch) => watch.end()));
  const memory = watches.map((watch) => ({ name: watch.name, ...watch.since(warmAt) }));
  const end = await endOf(world, load);
  return [
    {
      test: 'soak',
      condition: `${plan.seconds} s, ${disturbances.kills} workers killed, PostgreSQL died ${disturbances.outages.length} times`,
      jobs: load.jobs,
      runs: load.runs.size,
      unknown: end.unknown,
      open: end.open,
      connections: load.connected.length,
      unusable: end.broken.length,
      untold: end.untold.length,
      misses: [
        ...disturbances.misses,
        ...missedByClients(load, disturbances),
        ...missedAtTheEnd(end, disturbances.kills),
        ...(size === 'full' ? memory.flatMap(flat) : []),
      ],
      notes: [
        `${end.succeeded} runs succeeded; ${load.failures.length} requests met an outage and were sent again`,
        ...memory.map(described),
      ],
    },
  ];
}

type End = Awaited<ReturnType<typeof endOf>>;

async function endOf(world: SoakWorld, load: Load) {
  const refreshed = await refreshAll(world);
  const broken = await tryAll(load);
  const { states, open } = await settle(world);
  const untold = await untoldOf(world, load);
  const codes = await Promise.all(world.members.map(async (member) => (await member.terminate(STOP_SECONDS)).code));
  const { outcome_unknown: unknown = 0, succeeded = 0, ...others } = states;
  const failed = Object.values(others).reduce((sum, count) => sum + count, 0) - open;
  return { refreshed, broken, open, untold, codes, unknown, succeeded, failed, others };
}

function missedByClients({ lost, failures }: Load, disturbances: Disturbances): string[] {
  const undisturbed = failures.filter((failure) => !disturbances.explains(failure));
  return [
    ...missed(lost.length === 0, `${lost.length} jobs got lost: ${lost[0]}`),
    ...missed(
      undisturbed.length === 0,
      `${undisturbed.length} requests failed while all was well: ${undisturbed[0]?.what}`,
    ),
  ];
}

function missedAtTheEnd(end: End, kills: number): string[] {
  const { refreshed, broken, open, untold, codes, unknown, failed, others } = end;
  return [
    ...missed(open === 0, `${open} runs are in no final state`),
    ...missed(failed === 0, `${failed} runs failed: ${JSON.stringify(others)}`),
    ...missed(unknown <= kills * IN_HAND, `${unknown} runs with an unknown outcome`),
    ...missed(refreshed, 'not every connection was refreshed at the end'),
    ...missed(broken.length === 0, `${broken.length} connections can't be used: ${broken[0]}`),
    ...missed(untold.length === 0, `the endpoint was not told about ${untold.length}`),
    ...missed(
      codes.every((code) => code === 0),
      `SIGTERM ended with ${codes.join(', ')}`,
    ),
  ];
}

type Memory = ReturnType<MemoryWatch['since']> & { name: string };

function flat({ name, rssSlope, lag }: Memory): string[] {
  return [
    ...missed(rssSlope < RSS_SLOPE, `the ${name} grew by ${rssSlope.toFixed(2)} MiB a minute`),
    ...missed(lag < LAG_MILLISECONDS, `the event loop of the ${name} was late by ${lag.toFixed(0)} ms`),
  ];
}

function described({ name, rss: [least, most], rssSlope, heapSlope, lag, samples }: Memory): string {
  const sizes = `${least.toFixed(0)} to ${most.toFixed(0)} MiB`;
  const slopes = `${rssSlope.toFixed(2)} MiB a minute, its heap ${heapSlope.toFixed(2)}`;
  return `${name}: ${sizes} after the warm-up, ${slopes}; event loop p99 ${lag.toFixed(0)} ms; ${samples} samples`;
}

/** A connection whose refresh token is gone shows it here. */
async function refreshAll(world: SoakWorld): Promise<boolean> {
  const start = new Date();
  await world.query(`UPDATE connections SET due_at = $1 WHERE status = 'connected'`, [start]);
  return becomes(
    async () => {
      const rows = await world.query(
        `SELECT 1 FROM connections WHERE status <> 'connected' OR last_refreshed_at IS NULL OR last_refreshed_at < $1`,
        [start],
      );
      return rows.length === 0;
    },
    SETTLE_SECONDS,
    500,
  );
}

async function tryAll(load: Load): Promise<string[]> {
  const broken: string[] = [];
  for (const connected of load.connected) {
    const wrong = await load.tryOut(connected).catch(String);
    if (wrong !== null) broken.push(wrong);
  }
  return broken;
}

async function settle(world: SoakWorld): Promise<{ states: Record<string, number>; open: number }> {
  const open = async () => Number((await world.query(`SELECT count(*) AS open FROM run_jobs`))[0]?.open);
  await becomes(async () => (await open()) === 0, SETTLE_SECONDS, 500);
  const rows = await world.query(`SELECT state, count(*)::int AS count FROM runs GROUP BY state`);
  const states = Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
  const { queued = 0, running = 0, polling = 0 } = states;
  return { states, open: queued + running + polling };
}

/** Ended runs and made connections of which the endpoint has heard nothing. */
async function untoldOf(world: SoakWorld, load: Load): Promise<string[]> {
  const ended = await world.query(`SELECT id FROM runs WHERE finished_at IS NOT NULL`);
  const ids = [...ended.map(({ id }) => String(id)), ...load.connected.map(({ authentication }) => authentication)];
  const untold = () => ids.filter((id) => !world.told.has(id));
  await becomes(() => untold().length === 0, SETTLE_SECONDS, 500);
  return untold();
}
