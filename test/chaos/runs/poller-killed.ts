import { setTimeout as delay } from 'node:timers/promises';
import { missed } from '../refresh/experiment.js';
import { until } from '../refresh/until.js';
import type { RunsExperiment } from './finding.js';
import { RunsWorld } from './runs-world.js';

/** Silence of a worker that is gone, the others' next look at each other, a tick; and the interval of this action's looks. */
const GAP_SECONDS = 10 + 1.5;
const JOB_SECONDS = 20;
const LOOK_SECONDS = 2;

/** P4: looks that were under way at a kill are made by another worker soon, and each result is recorded once. */
export const pollerKilled: RunsExperiment = {
  test: 'P4',
  title: 'SIGKILL of a process that polls',
  run: async (ground, size) => {
    const runs = size === 'full' ? 100 : 20;
    await using world = await RunsWorld.start(ground, 2);
    await world.app.configure({ lookMilliseconds: LOOK_SECONDS * 1000 });
    for (let number = 0; number < runs; number += 1) {
      await world.create('polled', { name: `polled-${number}`, seconds: JOB_SECONDS });
    }
    const polled = async () => (await world.app.log()).jobs.filter(({ looks }) => looks.length > 0).length;
    await until('every run is looked at', async () => (await polled()) === runs, 30);
    // Until those that live know each other for long enough to tell who is gone.
    await delay(6000);
    const killedAt = Date.now();
    await world.members[0]?.kill();
    const settled = await world.settles(90);
    const { jobs } = await world.app.log();
    const gaps = jobs.map(({ looks }) => longestGap(looks));
    const states = await world.states('polled');
    const longest = Math.max(...gaps);
    return [
      {
        test: 'P4',
        condition: `SIGKILL of one of two, ${runs} runs polled`,
        ...states,
        twice: 0,
        misses: [
          ...missed(settled, 'not settled after 90 s'),
          ...missed(states.succeeded === runs, `${states.succeeded} of ${runs} succeeded`),
          ...missed(longest <= GAP_SECONDS + LOOK_SECONDS, `a run was not looked at for ${longest.toFixed(1)} s`),
        ],
        notes: [
          `longest time from look to look ${longest.toFixed(1)} s`,
          `${jobs.filter(({ doneAt }) => doneAt < killedAt).length} were done before the kill`,
        ],
      },
    ];
  },
};

/** Seconds between two looks that followed each other. */
function longestGap(looks: readonly number[]): number {
  return Math.max(0, ...looks.slice(1).map((at, index) => (at - (looks[index] ?? at)) / 1000));
}
