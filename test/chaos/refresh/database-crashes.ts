import { setTimeout as delay } from 'node:timers/promises';
import { Gate } from '#libs/testing';
import { takeCensus } from './census.js';
import { CrashingDatabase } from './crashing-database.js';
import { type Experiment, missed } from './experiment.js';
import { noneLost, noneMarked, rounds } from './rounds.js';
import { becomes, until } from './until.js';
import { RefreshWorld } from './world.js';

const EVERY_SECONDS = 3;
const CRASHES = { short: 5, full: 50 };
const CONNECTIONS = { short: 40, full: 100 };
const REFRESHES = { short: 120, full: 1000 };
const LIMIT_SECONDS = { short: 150, full: 1800 };
const DOWN_SECONDS = { short: 5, full: 60 };
const PROCESSES = { short: 2, full: 4 };
/** As many as one process refreshes at once. */
const ANSWERS_UNDER_WAY = 16;

export const databaseRestarts: Experiment = {
  test: 'R6',
  title: 'PostgreSQL dies every 3 s and recovers',
  run: async (ground, size) => {
    await using database = await CrashingDatabase.start();
    const crash = async () => {
      await delay(EVERY_SECONDS * 1000);
      await database.crash();
      await database.start();
    };
    const finding = await rounds(ground, {
      test: 'R6',
      condition: `PostgreSQL immediate restart × ${CRASHES[size]}, strict`,
      world: {
        processes: PROCESSES[size],
        refresh: { rotation: 'strict' },
        accessTokenSeconds: 12,
        databaseUrl: database.url,
      },
      connections: CONNECTIONS[size],
      refreshes: REFRESHES[size],
      limitSeconds: LIMIT_SECONDS[size],
      latencyMilliseconds: [100, 1500],
      disturb: { times: CRASHES[size], once: crash },
      judge: (census) => [...noneLost(census), ...noneMarked(census)],
    });
    return [finding];
  },
};

export const databaseGoneAtTheAnswer: Experiment = {
  test: 'R7',
  title: 'PostgreSQL is gone when the answers arrive, and then their process is killed',
  run: async (ground, size) => {
    await using database = await CrashingDatabase.start();
    await using world = await RefreshWorld.start(ground, {
      processes: 1,
      refresh: { rotation: 'strict' },
      accessTokenSeconds: 3600,
      databaseUrl: database.url,
    });
    const [member] = world.members;
    if (!member) throw new Error('A world has members.');
    await world.connect(ANSWERS_UNDER_WAY);
    await world.warmUp();
    const gone = new Gate();
    world.proxy.choose = () => ({ kind: 'hold', until: gone });
    const start = new Date();
    await world.query(`UPDATE connections SET due_at = $1`, [start]);
    await until('every connection is being refreshed', () => world.committed() === 2 * ANSWERS_UNDER_WAY, 20);
    await database.crash();
    gone.open();
    const journalled = await becomes(() => member.journal().length >= ANSWERS_UNDER_WAY, 10);
    const kept = member.journal().length;
    await delay(DOWN_SECONDS[size] * 1000);
    await member.kill();
    await database.start();
    world.proxy.choose = () => null;
    await member.start();
    const recovered = await becomes(
      async () => (await world.rows()).every(({ refreshed, leased }) => !leased && refreshed > start),
      60,
    );
    const emptied = await becomes(() => member.journal().length === 0, 10);
    await member.terminate(40);
    const census = await takeCensus(world);
    return [
      {
        test: 'R7',
        condition: `PostgreSQL down ${DOWN_SECONDS[size]} s at the answer, then SIGKILL`,
        refreshes: census.refreshes,
        reuse: census.reuse,
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(journalled, `only ${kept} of ${ANSWERS_UNDER_WAY} answers were in the journal`),
          ...missed(recovered, 'not every answer was stored after the restart'),
          ...missed(emptied, `the journal still holds ${member.journal().length} answers`),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [`${kept} answers in the journal while PostgreSQL was down`],
      },
    ];
  },
};
