import { presentations } from '#libs/testing';
import { Caller } from './caller.js';
import { takeCensus } from './census.js';
import { type Experiment, missed } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { RefreshWorld } from './world.js';

const CALLERS = 50;
const ROUNDS = { short: 5, full: 200 };
const PROCESSES = { short: 2, full: 4 };
const SOON_MILLISECONDS = 1000;
const LIFE_SECONDS = 3600;

/** One round: every caller needs the same connection, whose token has ended and which nobody has been about to refresh. */
export const concurrentCallers: Experiment = {
  test: 'R1',
  title: '50 callers at once need one connection whose token has ended',
  run: async (ground, size) => {
    await using world = await RefreshWorld.start(ground, {
      processes: PROCESSES[size],
      refresh: { rotation: 'strict' },
      accessTokenSeconds: LIFE_SECONDS,
    });
    world.proxy.latencyMilliseconds = [100, 300];
    const now = Date.now();
    const ended = {
      obtainedAt: new Date(now - 2 * LIFE_SECONDS * 1000),
      expiresAt: new Date(now - LIFE_SECONDS * 1000),
      // Not before somebody asks for it.
      dueAt: new Date(now + 86_400_000),
    };
    const connections = await world.connect(ROUNDS[size], () => ended);
    const caller = await Caller.of(world);
    const failed: number[] = [];
    const waits: number[] = [];
    const asked: number[] = [];
    for (const { id, first } of connections) {
      const before = (await world.provider.calls()).length;
      const statuses = await Promise.all(
        Array.from({ length: CALLERS }, async (_, index) => {
          const status = await caller.choices(id, index);
          return { status, at: Date.now() };
        }),
      );
      const answeredAt = world.proxy.passages.find(({ presented }) => presented === first)?.answeredAt ?? Number.NaN;
      failed.push(...statuses.filter(({ status }) => status !== 200).map(({ status }) => status));
      waits.push(...statuses.map(({ at }) => at - answeredAt));
      const calls = (await world.provider.calls()).slice(before);
      asked.push(new Set(calls.map(({ token }) => token)).size);
    }
    const counts = presentations(await world.provider.requests());
    const repeated = connections.filter(({ first }) => counts.get(first)?.length !== 1);
    const late = waits.filter((wait) => !(wait <= SOON_MILLISECONDS));
    const census = await takeCensus(world);
    return [
      {
        test: 'R1',
        condition: `${CALLERS} callers × ${ROUNDS[size]} rounds, ${PROCESSES[size]} processes, strict`,
        refreshes: census.refreshes,
        reuse: census.reuse,
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(repeated.length === 0, `${repeated.length} connections were not asked for exactly once`),
          ...missed(failed.length === 0, `${failed.length} callers were refused: ${[...new Set(failed)].join(', ')}`),
          ...missed(
            asked.every((tokens) => tokens === 1),
            'callers of one round did not all use the same token',
          ),
          ...missed(late.length === 0, `${late.length} callers had it later than 1 s after the provider's answer`),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [`slowest caller ${Math.max(...waits)} ms after the answer`],
      },
    ];
  },
};
