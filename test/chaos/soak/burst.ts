import { missed, type Size } from '../refresh/experiment.js';
import { missedEffects } from './effects.js';
import { countsOf, endOf, missedAtTheEnd } from './end.js';
import type { SoakFinding } from './finding.js';
import { Load } from './load.js';
import { SoakWorld } from './soak-world.js';

interface Plan {
  /** What the ceiling is found with. */
  clients: number;
  /** Many more than are got through with before they try again. */
  crowd: number;
  seconds: { ceiling: number; burst: number; after: number };
}

const PLANS: Record<Size, Plan> = {
  full: { clients: 64, crowd: 2048, seconds: { ceiling: 20, burst: 60, after: 120 } },
  short: { clients: 8, crowd: 64, seconds: { ceiling: 4, burst: 4, after: 8 } },
};
const LOAD = { connectEverySeconds: 15, connections: 20 };
/** Of the ceiling, once the crowd has gone. */
const SHARE = 0.5;
const RECOVERY_SECONDS = 10;

/** What came to be too much comes to an end: once there is less to do, the service does it, though its clients tried all of it again. */
export async function burst(size: Size): Promise<SoakFinding[]> {
  const { clients, crowd, seconds } = PLANS[size];
  await using world = await SoakWorld.start({ databaseDies: false });
  const load = new Load(world, LOAD);
  await load.prepare();
  const ceiling = await load.saturate(seconds.ceiling, clients);
  load.failures.length = 0;
  const pace = await load.saturate(seconds.burst, crowd);
  const refused = load.failures.splice(0);
  const gone = Date.now();
  await load.run(seconds.after, SHARE * ceiling);
  const late = load.failures.filter(({ to }) => to > gone + RECOVERY_SECONDS * 1000);
  const last = Math.max(gone, ...load.failures.map(({ to }) => to));
  const end = await endOf(world, load);
  return [
    {
      test: 'burst',
      condition: `${crowd} clients at once for ${seconds.burst} s, then ${(SHARE * ceiling).toFixed(1)} jobs a second, of ${ceiling.toFixed(1)}`,
      ...countsOf(load, end),
      misses: [
        ...missed(load.lost.length === 0, `${load.lost.length} jobs got lost: ${load.lost[0]}`),
        ...missed(late.length === 0, `${late.length} requests failed long after: ${late[0]?.what}`),
        ...missedAtTheEnd(end),
        ...missedEffects(end.effects, new Set()),
      ],
      notes: [
        `with so many clients ${pace.toFixed(1)} jobs a second`,
        `${refused.length} requests failed meanwhile: ${summaryOf(refused)}`,
        `${load.failures.length} failed afterwards, the last after ${((last - gone) / 1000).toFixed(1)} s`,
      ],
    },
  ];
}

/** How often which; what names one run or time is left out. */
function summaryOf(failures: Load['failures']): string {
  const counts = new Map<string, number>();
  for (const { what } of failures) {
    const kind = what.replaceAll(/[0-9a-f-]{20,}/g, '…').slice(0, 120);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const often = [...counts].sort(([, one], [, other]) => other - one).slice(0, 5);
  return often.map(([kind, count]) => `${count} × ${kind}`).join('; ') || 'none';
}
