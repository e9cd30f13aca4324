import type { Passage } from '#libs/testing';
import { type Finding, type Ground, missed } from './experiment.js';
import { type Census, statesOf, takeCensus } from './census.js';
import { becomes } from './until.js';
import { RefreshWorld, type WorldOptions } from './world.js';

/** Of a row whose holder died without a word (the product's own figure). */
const LEASE_SECONDS = 45;
const MARGIN_SECONDS = 10;
const DRAIN_LIMIT_SECONDS = 40;
const EXAMPLES = 5;
const NETWORK_MILLISECONDS = [20, 300] as const;

export interface RoundsOptions {
  test: string;
  condition: string;
  world: WorldOptions;
  connections: number;
  /** So many at least, by the proxy's count. */
  refreshes: number;
  /** Answers take so long, at random between the two. By default as over a network. */
  latencyMilliseconds?: readonly [number, number];
  /** Something that happens again and again meanwhile. @returns a note for each time, or nothing */
  disturb?: { times: number; once: (world: RefreshWorld, time: number) => Promise<void> };
  /** For all of it. */
  limitSeconds: number;
  /** @param interrupted requests whose asker was killed while it waited, or with the answer in hand */
  judge: (census: Census, world: RefreshWorld, interrupted: Passage[]) => Promise<string[]> | string[];
  notes?: (interrupted: Passage[]) => string[];
}

/** Connections whose tokens live for seconds are refreshed round after round while something goes wrong; then all are seen to work, or to say why not. */
export async function rounds(ground: Ground, options: RoundsOptions): Promise<Finding> {
  await using world = await RefreshWorld.start(ground, options.world);
  world.proxy.latencyMilliseconds = options.latencyMilliseconds ?? NETWORK_MILLISECONDS;
  await world.connect(options.connections);
  const end = Date.now() + options.limitSeconds * 1000;
  const left = () => Math.max(1, (end - Date.now()) / 1000);
  let times = 0;
  for (; options.disturb && times < options.disturb.times && Date.now() < end; times += 1) {
    await options.disturb.once(world, times);
  }
  const reached = await becomes(() => world.committed() >= options.refreshes, left());
  const quiet = Date.now();
  const settled = await world.settles(quiet, LEASE_SECONDS + MARGIN_SECONDS + options.world.accessTokenSeconds);
  const unsettled = settled ? '' : await statesOf(world);
  // Before the end, which closes connections too.
  const interrupted = world.proxy.passages.filter(({ abandonedAt }) => abandonedAt !== null);
  const drains = await Promise.all(world.members.map((member) => member.terminate(DRAIN_LIMIT_SECONDS)));
  const census = await takeCensus(world);
  return {
    test: options.test,
    condition: options.condition,
    refreshes: census.refreshes,
    reuse: census.reuse,
    lost: census.lost.length,
    marked: census.marked.length,
    misses: [
      ...missed(reached, `only ${world.committed()} of ${options.refreshes} refreshes came about`),
      ...missed(times === (options.disturb?.times ?? 0), `only ${times} disturbances in the time`),
      ...missed(settled, `not settled: ${unsettled}`),
      ...missed(
        drains.every(({ code }) => code === 0),
        `SIGTERM ended with ${drains.map(({ code }) => code).join(', ')}`,
      ),
      ...(await options.judge(census, world, interrupted)),
    ],
    notes: options.notes?.(interrupted) ?? [],
  };
}

export function noneLost({ lost, reuse, repeatedAt }: Census): string[] {
  return [
    ...missed(lost.length === 0, `${lost.length} lost`),
    ...missed(reuse === 0, `${reuse} reused, presented at ${repeatedAt.slice(0, EXAMPLES).join('; ')}`),
  ];
}

export function noneMarked({ marked }: Census): string[] {
  const reasons = [...new Set(marked.map(({ reason }) => reason))].join('; ');
  return missed(marked.length === 0, `${marked.length} marked: ${reasons}`);
}

/** Whatever is lost is told, with an event, and nothing is told that is not so. */
export function nothingSilent({ silent, wronglyMarked, withoutEvent }: Census): string[] {
  return [
    ...missed(silent.length === 0, `${silent.length} lost in silence`),
    ...missed(wronglyMarked.length === 0, `${wronglyMarked.length} marked although alive`),
    ...missed(withoutEvent.length === 0, `${withoutEvent.length} marked without an event`),
  ];
}

export function randomMember({ members }: RefreshWorld) {
  const member = members[Math.floor(Math.random() * members.length)];
  if (!member) throw new Error('A world has members.');
  return member;
}
