import { statesOf, takeCensus } from './census.js';
import { type Experiment, missed } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { becomes } from './until.js';
import { RefreshWorld } from './world.js';

const CONNECTIONS = { short: 200, full: 1000 };
const SLOW_PART = 0.01;
const SLOW_SECONDS = { short: 8, full: 20 };
const PROCESSES = { short: 2, full: 4 };
const FACTOR = 2;
/** A wave of a few hundred refreshes takes seconds on a small machine: below this, twice is no more than chance. */
const LEAST_MILLISECONDS = 500;

/** The same wave of refreshes twice: with prompt answers, and with some that take so long that others must not wait for them. */
export const slowAnswers: Experiment = {
  test: 'R8',
  title: 'one answer in a hundred takes 20 s',
  run: async (ground, size) => {
    await using world = await RefreshWorld.start(ground, {
      processes: PROCESSES[size],
      refresh: { rotation: 'strict' },
      accessTokenSeconds: 3600,
    });
    world.proxy.latencyMilliseconds = [20, 100];
    const now = new Date();
    const idle = { obtainedAt: now, expiresAt: new Date(now.getTime() + 3600_000) };
    await world.connect(CONNECTIONS[size], () => idle);
    await world.warmUp();
    const prompt = await wave(world, 60);
    const slow = new Set<string>();
    let count = 0;
    world.proxy.choose = ({ presented }) => {
      if ((count += 1) % Math.round(1 / SLOW_PART) !== 0) return null;
      slow.add(presented);
      return { kind: 'delay', seconds: SLOW_SECONDS[size] };
    };
    const mixed = await wave(world, 60 + SLOW_SECONDS[size]);
    const others = mixed.waits.slice(0, mixed.waits.length - slow.size);
    const states = mixed.complete ? '' : await statesOf(world);
    await Promise.all(world.members.map((member) => member.terminate(40)));
    const census = await takeCensus(world);
    const [before, after] = [percentile99(prompt.waits), percentile99(others)];
    return [
      {
        test: 'R8',
        condition: `${slow.size} of ${CONNECTIONS[size]} answers after ${SLOW_SECONDS[size]} s, strict`,
        refreshes: census.refreshes,
        reuse: census.reuse,
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(mixed.complete, `not all refreshed: ${states}`),
          ...missed(
            after < FACTOR * Math.max(before, LEAST_MILLISECONDS),
            `p99 of the others ${after} ms, ${before} ms before`,
          ),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [`p99 of the others ${after} ms; without slow answers ${before} ms`],
      },
    ];
  },
};

/** Makes every connection due now. @returns how long each took to be asked and answered, shortest first */
async function wave(world: RefreshWorld, seconds: number): Promise<{ complete: boolean; waits: number[] }> {
  const start = Date.now();
  const from = world.proxy.passages.length;
  await world.query(`UPDATE connections SET due_at = $1`, [new Date(start)]);
  const complete = await becomes(
    async () => (await world.rows()).every(({ refreshed, leased }) => !leased && refreshed.getTime() >= start),
    seconds,
  );
  const waits = world.proxy.passages
    .slice(from)
    .map(({ answeredAt }) => (answeredAt ?? Number.POSITIVE_INFINITY) - start);
  return { complete, waits: waits.sort((one, other) => one - other) };
}

function percentile99(sorted: readonly number[]): number {
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
