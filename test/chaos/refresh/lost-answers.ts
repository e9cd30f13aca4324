import { presentations } from '#libs/testing';
import { statesOf, takeCensus } from './census.js';
import { type Experiment, type Finding, type Ground, missed } from './experiment.js';
import { noneLost, noneMarked, nothingSilent } from './rounds.js';
import { becomes, until } from './until.js';
import { RefreshWorld } from './world.js';

const CONNECTIONS = 20;
const PROCESSES = 2;
const ACCESS_TOKEN_SECONDS = 20;
const GRACE_SECONDS = 30;
const TOLD_SECONDS = 60;
const OUTAGE_SECONDS = 5;
const RETRIES = 2;
const RETRIED_WITHIN_MILLISECONDS = 10_000;

export const lostAnswers: Experiment = {
  test: 'R9',
  title: 'the answer is lost after the provider has committed',
  run: async (ground) =>
    Promise.all([
      withGrace(ground, 'every second answer', everySecond),
      withGrace(ground, `all answers of ${OUTAGE_SECONDS} s`, ofAnOutage),
      withoutGrace(ground, 'every second answer', everySecond),
    ]),
};

type Cuts = (world: RefreshWorld) => void;

/** Of the tokens that connections began with. The app works for the others, so it is no outage: each loss is the connection's own. */
function everySecond(world: RefreshWorld): void {
  const seen = new Set<string>();
  world.proxy.choose = ({ presented }) => {
    if (seen.has(presented) || !world.connections.some(({ first }) => first === presented)) return null;
    return seen.add(presented).size % 2 === 0 ? null : { kind: 'cut' };
  };
}

/** The provider's edge is down, and what is behind it is not: everything is spent and nothing comes back. */
function ofAnOutage(world: RefreshWorld): void {
  let end = Number.POSITIVE_INFINITY;
  world.proxy.choose = ({ at }) => {
    end = Math.min(end, at + OUTAGE_SECONDS * 1000);
    return at < end ? { kind: 'cut' } : null;
  };
}

async function withGrace(ground: Ground, what: string, cuts: Cuts): Promise<Finding> {
  await using world = await cutOff(ground, 'grace', GRACE_SECONDS, cuts);
  await until('the first answer is cut', () => world.proxy.passages.length > 0, 30);
  const recovered = await world.settles((world.proxy.passages[0]?.at ?? 0) + OUTAGE_SECONDS * 1000, 90);
  const states = recovered ? '' : await statesOf(world);
  await stop(world);
  const census = await takeCensus(world);
  const repeats = [...presentations(await world.provider.requests()).values()].filter(({ length }) => length > 1);
  const waits = repeats.map((each) => (each.at(-1)?.at ?? 0) - (each[0]?.at ?? 0));
  return {
    test: 'R9',
    condition: `${what} cut after the commit, grace ${GRACE_SECONDS} s`,
    refreshes: census.refreshes,
    reuse: census.reuse,
    lost: census.lost.length,
    marked: census.marked.length,
    misses: [
      ...missed(recovered, `not recovered: ${states}`),
      ...missed(
        repeats.every(({ length }) => length <= 1 + RETRIES),
        'a token was presented again more than twice',
      ),
      ...missed(
        waits.every((wait) => wait <= RETRIED_WITHIN_MILLISECONDS),
        `a token was presented again ${Math.max(...waits)} ms later`,
      ),
      ...noneLost(census),
      ...noneMarked(census),
    ],
    notes: [`${repeats.length} tokens presented again, within ${Math.max(...waits)} ms`],
  };
}

async function withoutGrace(ground: Ground, what: string, cuts: Cuts): Promise<Finding> {
  await using world = await cutOff(ground, 'strict', 0, cuts);
  const told = await becomes(
    async () => (await world.rows()).filter(({ status }) => status === 'needs_reauth').length >= CONNECTIONS / 2,
    TOLD_SECONDS + ACCESS_TOKEN_SECONDS,
  );
  const states = told ? '' : await statesOf(world);
  await stop(world);
  const census = await takeCensus(world);
  const cutAt = new Map(
    world.proxy.passages.filter(({ fault }) => fault === 'cut').map((one) => [one.presented, one.at]),
  );
  const firstOf = new Map(world.connections.map(({ id, first }) => [id, first]));
  const waits = census.marked.map(({ id, since }) => since.getTime() - (cutAt.get(firstOf.get(id) ?? '') ?? 0));
  const most = Math.max(...[...presentations(await world.provider.requests()).values()].map(({ length }) => length));
  return {
    test: 'R9',
    condition: `${what} cut after the commit, strict`,
    refreshes: census.refreshes,
    reuse: census.reuse,
    lost: census.lost.length,
    marked: census.marked.length,
    misses: [
      ...missed(told, `not all told: ${states}`),
      ...missed(
        waits.every((wait) => wait <= TOLD_SECONDS * 1000),
        `a loss was told only after ${Math.max(...waits) / 1000} s`,
      ),
      ...missed(most <= 1 + RETRIES, `a token was presented ${most} times`),
      ...nothingSilent(census),
    ],
    notes: [`told within ${(Math.max(...waits) / 1000).toFixed(0)} s, each token presented ${most} times at most`],
  };
}

async function cutOff(
  ground: Ground,
  rotation: 'grace' | 'strict',
  graceSeconds: number,
  cuts: Cuts,
): Promise<RefreshWorld> {
  const world = await RefreshWorld.start(ground, {
    processes: PROCESSES,
    refresh: { rotation },
    graceSeconds,
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
  });
  cuts(world);
  await world.connect(CONNECTIONS);
  return world;
}

async function stop(world: RefreshWorld): Promise<void> {
  await Promise.all(world.members.map((member) => member.terminate(40)));
}
