import type { Passage } from '#libs/testing';
import type { Experiment, Ground, Size } from './experiment.js';
import { missed } from './experiment.js';
import { noneLost, noneMarked, nothingSilent, randomMember, rounds, type RoundsOptions } from './rounds.js';
import type { Census } from './census.js';
import { becomes } from './until.js';
import type { RefreshWorld, WorldOptions } from './world.js';

const ACCESS_TOKEN_SECONDS = 12;
/** Of a refresh, whose answer is waited for however the process ends. */
const DEADLINE_SECONDS = 30;
const LEASE_SECONDS = 45;
/** Slow answers: whatever a signal meets, something is under way. */
const SLOW_MILLISECONDS = [100, 1500] as const;
const KILLS = { short: 6, full: 50 };
const CONNECTIONS = { short: 40, full: 100 };
const REFRESHES = { short: 120, full: 1000 };
const LIMIT_SECONDS = { short: 150, full: 1800 };

function world(size: Size, refresh: WorldOptions['refresh'], graceSeconds = 0): WorldOptions {
  const processes = size === 'full' ? 4 : 2;
  return { processes, refresh, graceSeconds, accessTokenSeconds: ACCESS_TOKEN_SECONDS };
}

const sizes = (size: Size) => ({
  connections: CONNECTIONS[size],
  refreshes: REFRESHES[size],
  limitSeconds: LIMIT_SECONDS[size],
});

export const undisturbed: Experiment = {
  test: 'R2',
  title: 'refreshes by several processes',
  run: async (ground, size) => [
    await rounds(ground, {
      ...sizes(size),
      test: 'R2',
      condition: 'no fault, strict',
      world: world(size, { rotation: 'strict' }),
      judge: (census) => [...noneLost(census), ...noneMarked(census)],
    }),
  ],
};

export const rollingRestarts: Experiment = {
  test: 'R3',
  title: 'SIGTERM of a random process, again and again',
  run: async (ground, size) => {
    const drains: number[] = [];
    const terminate = async (running: RefreshWorld) => {
      const member = randomMember(running);
      await inFlight(running);
      const { seconds, code } = await member.terminate(DEADLINE_SECONDS + 10);
      if (code !== 0) throw new Error(`SIGTERM ended it with ${code}.`);
      drains.push(seconds);
      await member.start();
    };
    const finding = await rounds(ground, {
      ...sizes(size),
      test: 'R3',
      condition: `SIGTERM × ${KILLS[size]}, strict`,
      world: world(size, { rotation: 'strict' }),
      latencyMilliseconds: SLOW_MILLISECONDS,
      disturb: { times: KILLS[size], once: terminate },
      judge: (census) => [
        ...noneLost(census),
        ...noneMarked(census),
        ...missed(Math.max(...drains) <= DEADLINE_SECONDS + 2, `a drain took ${Math.max(...drains).toFixed(1)} s`),
      ],
      notes: () => [`longest drain ${Math.max(...drains).toFixed(1)} s`],
    });
    return [finding];
  },
};

export const crashesWithGrace: Experiment = {
  test: 'R4',
  title: 'SIGKILL of a random process, and a provider that takes a spent token for 30 s more',
  run: (ground, size) =>
    crashes(ground, size, 'R4', 'grace', 30, (census) => [...noneLost(census), ...noneMarked(census)]),
};

export const crashesWithoutGrace: Experiment = {
  test: 'R5',
  title: 'SIGKILL of a random process, and a provider without grace',
  run: (ground, size) => crashes(ground, size, 'R5', 'strict', 0, lossesAreTold),
};

async function crashes(
  ground: Ground,
  size: Size,
  test: string,
  rotation: 'grace' | 'strict',
  graceSeconds: number,
  judge: RoundsOptions['judge'],
) {
  const finding = await rounds(ground, {
    ...sizes(size),
    test,
    condition: `SIGKILL × ${KILLS[size]}, ${graceSeconds === 0 ? 'no grace' : `grace ${graceSeconds} s`}`,
    world: world(size, { rotation }, graceSeconds),
    latencyMilliseconds: SLOW_MILLISECONDS,
    disturb: { times: KILLS[size], once: killOne },
    judge,
    notes: (interrupted) => [`${interrupted.length} in flight at the kills`],
  });
  return [finding];
}

async function killOne(running: RefreshWorld): Promise<void> {
  const member = randomMember(running);
  await inFlight(running);
  await member.kill();
  await member.start();
}

/**
 * R5: no more are lost than were in flight, and each loss is told within the lease and ten seconds; where the process that was about to find
 * it out was killed too, within as long again.
 */
async function lossesAreTold(census: Census, running: RefreshWorld, interrupted: Passage[]): Promise<string[]> {
  const grantOf = new Map((await running.provider.requests()).map(({ presented, grant }) => [presented, grant]));
  const abandonedAt = new Map(
    interrupted.map(({ presented, abandonedAt: at }) => [grantOf.get(presented), at ?? Number.NaN]),
  );
  const connectionOf = new Map(running.connections.map(({ id, grant }) => [id, grant]));
  const late = census.marked
    .map(({ id, since, unanswered }) => {
      const wait = since.getTime() - (abandonedAt.get(connectionOf.get(id) ?? '') ?? Number.NaN);
      return { wait, allowed: Math.max(1, unanswered) * (LEASE_SECONDS + 10) * 1000 };
    })
    .filter(({ wait, allowed }) => !(wait <= allowed));
  return [
    ...missed(
      census.lost.length <= interrupted.length,
      `${census.lost.length} lost, and only ${interrupted.length} were in flight at the kills`,
    ),
    ...missed(
      late.length === 0,
      `${late.length} told late or without a kill: ${late.map(({ wait }) => wait / 1000).join(', ')} s`,
    ),
    ...nothingSilent(census),
  ];
}

/** Something to interrupt. Nothing is missed when there is none for a while: it is random what a signal meets. */
async function inFlight({ proxy }: RefreshWorld): Promise<void> {
  await becomes(() => proxy.underWay > 0, 5, 10);
}
