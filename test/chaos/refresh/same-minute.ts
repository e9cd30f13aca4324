import { countRequests, type Passage } from '#libs/testing';
import { REFRESHES_PER_TENANT } from '#libs/refresh';
import { takeCensus } from './census.js';
import { type Experiment, missed, type Size } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { becomes } from './until.js';
import { RefreshWorld } from './world.js';

interface Scale {
  connections: number;
  /** Of the access tokens. Due half of it before the end, or 15 minutes where that is less. */
  lifeSeconds: number;
  /** All of them end within this. */
  spreadSeconds: number;
  /** Until the first is due: enough to write them all. */
  aheadSeconds: number;
}

const SCALES: Record<Size, Scale> = {
  short: { connections: 1000, lifeSeconds: 200, spreadSeconds: 6.7, aheadSeconds: 12 },
  full: { connections: 10_000, lifeSeconds: 3600, spreadSeconds: 60, aheadSeconds: 60 },
};
const PROCESSES = { short: 2, full: 4 };
const BINS = { short: 6, full: 12 };
/** Of the mean rate. In the short form, three standard deviations of a part with so few random times in it are chance. */
const PEAK: Record<Size, number> = { short: 1.8, full: 1.5 };
const LEAD_SECONDS = 900;
const JITTER = 0.2;

export const sameMinute: Experiment = {
  test: 'R15',
  title: 'ten thousand access tokens end in the same minute',
  run: async (ground, size) => {
    const { connections, lifeSeconds, spreadSeconds, aheadSeconds } = SCALES[size];
    await using world = await RefreshWorld.start(ground, {
      processes: PROCESSES[size],
      refresh: { rotation: 'strict' },
      accessTokenSeconds: lifeSeconds,
    });
    world.proxy.latencyMilliseconds = [20, 100];
    const leadSeconds = Math.min(LEAD_SECONDS, lifeSeconds / 2);
    const firstDue = Date.now() + aheadSeconds * 1000;
    const firstEnd = firstDue + leadSeconds * (1 + JITTER) * 1000;
    const endOf = (index: number) => firstEnd + (index / connections) * spreadSeconds * 1000;
    const made = await world.connect(connections, (index) => ({
      obtainedAt: new Date(endOf(index) - lifeSeconds * 1000),
      expiresAt: new Date(endOf(index)),
    }));
    const seededInTime = Date.now() < firstDue;
    const windowSeconds = leadSeconds * JITTER + spreadSeconds;
    const done = await becomes(() => world.committed() >= connections, aheadSeconds + windowSeconds + 60, 500);
    const passages = world.proxy.passages.slice(0, connections);
    await Promise.all(world.members.map((member) => member.terminate(40)));
    const census = await takeCensus(world);
    const ends = new Map(made.map(({ first }, index) => [first, endOf(index)]));
    const expired = passages.filter(({ presented, at }) => at >= (ends.get(presented) ?? 0));
    const peak = peakOf(passages, BINS[size], windowSeconds);
    const atOnce = mostAtOnce(passages);
    return [
      {
        test: 'R15',
        condition: `${connections} tokens end within ${spreadSeconds} s, ${PROCESSES[size]} processes`,
        ...countRequests(await world.provider.requests()),
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(seededInTime, 'the connections were not written before the first was due'),
          ...missed(done, `only ${world.committed()} refreshed`),
          ...missed(expired.length === 0, `${expired.length} had ended before they were refreshed`),
          ...missed(peak <= PEAK[size], `the peak rate was ${peak.toFixed(2)} of the mean`),
          ...missed(atOnce <= REFRESHES_PER_TENANT * PROCESSES[size], `${atOnce} requests at once`),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [`peak ${peak.toFixed(2)} of the mean, ${atOnce} requests at once at most`],
      },
    ];
  },
};

/** The fullest of `bins` equal parts of the window in which they are due, against the mean over that window. */
function peakOf(passages: readonly Passage[], bins: number, windowSeconds: number): number {
  const times = passages.map(({ at }) => at);
  const first = Math.min(...times);
  const counts = new Map<number, number>();
  for (const time of times) {
    const bin = Math.floor((time - first) / ((windowSeconds * 1000) / bins));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return (Math.max(...counts.values()) * bins) / times.length;
}

/** A request is over when it is answered, or whoever asked has died. */
export function mostAtOnce(passages: readonly Passage[]): number {
  const changes = passages.flatMap(({ at, answeredAt, abandonedAt }) => [
    { time: at, by: 1 },
    { time: answeredAt ?? abandonedAt ?? Infinity, by: -1 },
  ]);
  let now = 0;
  return Math.max(
    ...changes.sort((one, other) => one.time - other.time || one.by - other.by).map(({ by }) => (now += by)),
  );
}
