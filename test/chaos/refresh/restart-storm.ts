import { REFRESHES_PER_TENANT } from '#libs/refresh';
import { takeCensus } from './census.js';
import { type Experiment, missed } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { mostAtOnce } from './same-minute.js';
import { becomes } from './until.js';
import { RefreshWorld } from './world.js';

/** Due when the processes come back: a little more is there, of which some are refreshed before the kill. */
const DUE = { short: 400, full: 10_000 };
const SPARE_PART = 1.1;
const PROCESSES = { short: 2, full: 4 };
/** Connections that show that the app works. */
const WARM = 8;
/** Of a crashed process another takes over, or its lease ends; the rest is the pace of one app. */
const LIMIT_SECONDS = { short: 120, full: 900 };
const READY_SECONDS = 5;

/** security.md L2: all processes die at once, and come back to a mountain of work. */
export const restartStorm: Experiment = {
  test: 'L2',
  title: 'every process is killed and started at once, and every connection is due',
  run: async (ground, size) => {
    const [due, processes] = [DUE[size], PROCESSES[size]];
    const connections = Math.ceil(due * SPARE_PART);
    await using world = await RefreshWorld.start(ground, {
      processes,
      refresh: { rotation: 'grace' },
      graceSeconds: 120,
      accessTokenSeconds: 3600,
    });
    world.proxy.latencyMilliseconds = [20, 100];
    await world.connect(WARM);
    await world.warmUp();
    await world.connect(connections - WARM);
    const start = Date.now();
    await world.query(`UPDATE connections SET due_at = $1`, [new Date(start)]);
    const underWay = await becomes(() => world.proxy.underWay > 0 && world.committed() >= WARM + due / 100, 30, 10);
    await Promise.all(world.members.map((member) => member.kill()));
    const stillDue = (await world.rows()).filter(({ refreshed }) => refreshed.getTime() < start).length;
    const comingBack = Date.now();
    await Promise.all(world.members.map((member) => member.start()));
    const readySeconds = (Date.now() - comingBack) / 1000;
    const settled = await world.settles(start, LIMIT_SECONDS[size]);
    await Promise.all(world.members.map((member) => member.terminate(40)));
    const census = await takeCensus(world);
    const atOnce = mostAtOnce(world.proxy.passages.filter(({ at }) => at >= start));
    return [
      {
        test: 'L2',
        condition: `${stillDue} due, ${processes} processes killed and started at once, grace`,
        refreshes: census.refreshes,
        reuse: census.reuse,
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(underWay, 'nothing was under way at the kill'),
          ...missed(stillDue >= due, `only ${stillDue} were due when the processes came back`),
          ...missed(settled, `not every connection was refreshed after ${LIMIT_SECONDS[size]} s`),
          ...missed(atOnce <= REFRESHES_PER_TENANT * processes, `${atOnce} requests at once`),
          // Starts that share the machine with other tests say nothing.
          ...missed(size === 'short' || readySeconds <= READY_SECONDS, `ready after ${readySeconds.toFixed(1)} s`),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [`ready after ${readySeconds.toFixed(1)} s; ${atOnce} requests at once at most`],
      },
    ];
  },
};
