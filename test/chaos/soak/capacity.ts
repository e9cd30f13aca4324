import { setTimeout as delay } from 'node:timers/promises';
import { missed, type Size } from '../refresh/experiment.js';
import { missedEffects } from './effects.js';
import { countsOf, endOf, missedAtTheEnd } from './end.js';
import type { SoakFinding } from './finding.js';
import { Load, type LoadOptions } from './load.js';
import { described, MemoryWatch, missedFlat } from './memory.js';
import { SoakWorld } from './soak-world.js';

interface Plan extends LoadOptions {
  /** Clients at once: what most of these get done is the ceiling. */
  steps: readonly number[];
  stepSeconds: number;
  /** Of all steps: a machine that others use too is not as fast at each moment. */
  rounds: number;
  seconds: number;
}

const MINUTES = Number(process.env.SOAK_MINUTES ?? 30);
const PLANS: Record<Size, Plan> = {
  full: {
    steps: [512, 1024, 2048],
    stepSeconds: 20,
    rounds: 3,
    seconds: MINUTES * 60,
    connectEverySeconds: 15,
    connections: 20,
  },
  short: { steps: [8], stepSeconds: 4, rounds: 1, seconds: 8, connectEverySeconds: 4, connections: 3 },
};
const ERROR_LENGTH = 600;
/** More clients that get no more than this done have met the ceiling. */
const NO_MORE = 1.1;
/** Of the ceiling, as security.md L1 has it. */
const SHARE = 0.7;
/** Of the time, as in the soak, after the minutes at the ceiling. */
const WARM_UP_PART = 0.2;

/** security.md L1: the main job at 70 % of what these machines can do, and nothing goes wrong, grows or is late. */
export async function capacity(size: Size): Promise<SoakFinding[]> {
  const plan = PLANS[size];
  await using world = await SoakWorld.start({ databaseDies: false });
  const load = new Load(world, plan);
  await load.prepare();
  const rates = await ratesOf(load, plan);
  const ceiling = Math.max(...rates);
  // At the ceiling and past it, some may be refused.
  const refused = load.failures.splice(0);
  const { members } = world;
  const watches = ['api', 'worker', 'other worker'].flatMap((name, index) => {
    const member = members[index];
    return member ? [new MemoryWatch(name, member)] : [];
  });
  const warmUp = delay(plan.seconds * WARM_UP_PART * 1000).then(() =>
    Promise.all(watches.map((watch) => watch.isWarm())),
  );
  const client = process.cpuUsage();
  const [late] = await Promise.all([load.run(plan.seconds, SHARE * ceiling), warmUp]);
  const { user, system } = process.cpuUsage(client);
  const figures = await Promise.all(watches.map((watch) => watch.end()));
  const end = await endOf(world, load);
  const errors = members.flatMap((member) => member.logs()).filter((line) => line.includes('"level":50'));
  const rejections = members.flatMap((member) => member.logs()).filter((line) => /unhandled|uncaught/i.test(line));
  return [
    {
      test: 'L1',
      condition: `${plan.seconds} s at ${(SHARE * ceiling).toFixed(1)} main jobs a second, of ${ceiling.toFixed(1)}`,
      ...countsOf(load, end),
      misses: [
        ...missed(
          size === 'short' || (rates.at(-1) ?? 0) <= NO_MORE * (rates.at(-2) ?? 0),
          'more clients still get more done: what was found is not the ceiling',
        ),
        ...missed(load.lost.length === 0, `${load.lost.length} jobs got lost: ${load.lost[0]}`),
        ...missed(load.failures.length === 0, `${load.failures.length} requests failed: ${load.failures[0]?.what}`),
        ...missed(rejections.length === 0, `nobody handled: ${rejections[0]}`),
        ...missedAtTheEnd(end),
        ...missedEffects(end.effects, new Set()),
        ...(size === 'full' ? figures.flatMap(missedFlat) : []),
      ],
      notes: [
        plan.steps.map((clients, step) => `${clients} clients: ${rates[step]?.toFixed(1)} a second`).join(', '),
        `${refused.length} requests failed while the ceiling was looked for: ${refused[0]?.what ?? 'none'}`,
        `${errors.length} errors in the logs: ${errors[0]?.slice(0, ERROR_LENGTH) ?? 'none'}`,
        `the clients and Acme CRM, in one process, used ${((user + system) / plan.seconds / 10_000).toFixed(0)} % of a processor; the last job began ${late.toFixed(0)} s late`,
        ...figures.map(described),
      ],
    },
  ];
}

/** @returns of each step the median of its rounds, in jobs a second */
async function ratesOf(load: Load, { steps, stepSeconds, rounds }: Plan): Promise<number[]> {
  const found = steps.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [step, clients] of steps.entries()) found[step]?.push(await load.saturate(stepSeconds, clients));
  return found.map((rates) => rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0);
}
