import { Pool } from 'undici';
import { inspectChild } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import { timedLanes, timedPace } from './timed.js';
import { RunsScene, type Caller } from './runs-scene.js';
import type { Suite } from './suite.js';

const AT_ONCE = 16;
const CREATORS = 10;
/** A fast action of an app that is near. */
const ACTION_MILLISECONDS = 50;
/** Of the quiet tenant, in a second; its neighbour posts fifty times as many. */
const QUIET_PER_SECOND = 2;
const NOISE = 50;
const LEAST_SECONDS = 20;

/** What a run costs, and what a tenant feels of its neighbour. */
export const runs: Suite = {
  async prepare(bench, { profile }) {
    const scene = await RunsScene.start(bench, { profile });
    const [caller, neighbour] = [await scene.caller(), await scene.caller()];
    const settle =
      (runner: Runner): Runner =>
      async (seconds) => {
        const run = await runner(seconds);
        await scene.quiet();
        return run;
      };
    const pid = scene.service.pid;
    const latency = [ACTION_MILLISECONDS, ACTION_MILLISECONDS] as const;
    const measures: Measure[] = [
      {
        name: 'fast action, from POST to result',
        unit: 'runs',
        ours: configured(
          scene,
          latency,
          timedLanes(AT_ONCE, pid, () => toResult(caller)),
        ),
        baselines: { 'the third party, asked directly': configured(scene, latency, direct(scene)) },
      },
      {
        name: 'create a run, while others are executed',
        unit: 'runs',
        ours: configured(scene, [0, 0], settle(timedLanes(CREATORS, pid, () => caller.create('plain', { name: 'x' })))),
        baselines: {},
      },
      {
        name: `a run, while another tenant posts ${QUIET_PER_SECOND * NOISE} a second`,
        unit: 'runs',
        ours: configured(
          scene,
          latency,
          settle(
            withNoise(
              neighbour,
              timedPace(QUIET_PER_SECOND, () => toResult(caller)),
            ),
          ),
        ),
        baselines: { alone: configured(scene, latency, atLeast(timedPace(QUIET_PER_SECOND, () => toResult(caller)))) },
      },
    ];
    return { measures, inspect: () => inspectChild(scene.service.logs()) };
  },
};

async function toResult(caller: Caller): Promise<void> {
  await caller.ended(await caller.create('plain', { name: 'x' }));
}

function configured({ app }: RunsScene, latencyMilliseconds: readonly [number, number], runner: Runner): Runner {
  return async (seconds) => {
    await app.configure({ latencyMilliseconds });
    return runner(seconds);
  };
}

function direct({ app }: RunsScene): Runner {
  return async (seconds) => {
    const pool = new Pool(app.origin, { connections: AT_ONCE });
    try {
      return await timedLanes(AT_ONCE, null, async () => {
        const headers = { 'content-type': 'application/json' };
        const answer = await pool.request({ method: 'POST', path: '/plain', headers, body: '{"name":"x"}' });
        await answer.body.text();
      })(seconds);
    } finally {
      await pool.destroy();
    }
  };
}

/** Fewer seconds hold too few runs of the quiet tenant to say anything of the slowest. */
function atLeast(runner: Runner): Runner {
  return (seconds) => runner(Math.max(LEAST_SECONDS, seconds));
}

function withNoise(neighbour: Caller, runner: Runner): Runner {
  return async (seconds) => {
    const noise = atLeast(timedPace(QUIET_PER_SECOND * NOISE, () => neighbour.create('plain', { name: 'x' })))(seconds);
    const [run] = await Promise.all([atLeast(runner)(seconds), noise]);
    return run;
  };
}
