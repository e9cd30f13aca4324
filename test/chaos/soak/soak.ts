import { setTimeout as delay } from 'node:timers/promises';
import { missed, type Size } from '../refresh/experiment.js';
import { Disturbances, type Plan } from './disturbances.js';
import { missedEffects } from './effects.js';
import { countsOf, endOf, missedAtTheEnd } from './end.js';
import { Load, type LoadOptions } from './load.js';
import { described, MemoryWatch, missedFlat } from './memory.js';
import type { SoakFinding } from './finding.js';
import { SoakWorld } from './soak-world.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const PLANS: Record<Size, Plan & LoadOptions & { jobsPerSecond: number }> = {
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
/** Of the time: until then caches fill, and code is compiled. */
const WARM_UP_PART = 0.35;

export async function soak(size: Size): Promise<SoakFinding[]> {
  const plan = PLANS[size];
  await using world = await SoakWorld.start({ databaseDies: true });
  const load = new Load(world, plan);
  await load.prepare();
  const watches = [new MemoryWatch('api', world.api), new MemoryWatch('worker', world.steadyWorker)];
  const disturbances = new Disturbances(world, plan);
  const warmUp = delay(plan.seconds * WARM_UP_PART * 1000).then(() =>
    Promise.all(watches.map((watch) => watch.isWarm())),
  );
  await Promise.all([load.run(plan.seconds, plan.jobsPerSecond), disturbances.run(), warmUp]);
  const memory = await Promise.all(watches.map((watch) => watch.end()));
  const end = await endOf(world, load);
  return [
    {
      test: 'soak',
      condition: `${plan.seconds} s, ${disturbances.kills} workers killed, PostgreSQL died ${disturbances.outages.length} times`,
      ...countsOf(load, end),
      misses: [
        ...disturbances.misses,
        ...missedByClients(load, disturbances),
        ...missedAtTheEnd(end),
        ...missedEffects(end.effects, disturbances.inHand),
        ...(size === 'full' ? memory.flatMap(missedFlat) : []),
      ],
      notes: [
        `${end.succeeded} runs succeeded; ${load.failures.length} requests met an outage and were sent again`,
        ...memory.map(described),
      ],
    },
  ];
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
