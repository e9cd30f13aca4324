import { setTimeout as delay } from 'node:timers/promises';
import { Gate, presentations } from '#libs/testing';
import { statesOf, takeCensus } from './census.js';
import { type Experiment, missed } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { until } from './until.js';
import { RefreshWorld } from './world.js';

const CONNECTIONS = 16;
const PAUSE_SECONDS = { short: 15, full: 60 };
/** Of the access token that is still good: more than the pause. */
const SLACK_SECONDS = { short: 120, full: 240 };

/**
 * A process stops with answers on the way to it, for longer than others believe it alive, and goes on as if nothing had been. Whoever took
 * over must have waited: a second presentation would have ended the authorization.
 */
export const frozenWorker: Experiment = {
  test: 'R10',
  title: 'SIGSTOP of the process that refreshes, for longer than its lease, then SIGCONT',
  run: async (ground, size) => {
    await using world = await RefreshWorld.start(ground, {
      processes: 2,
      refresh: { rotation: 'strict' },
      accessTokenSeconds: SLACK_SECONDS[size],
    });
    const [first, second] = world.members;
    if (!first || !second) throw new Error('A world has members.');
    // Alone for the moment, so that all of them are in one hand.
    await second.terminate(40);
    await world.connect(CONNECTIONS);
    await world.warmUp();
    const frozen = new Gate();
    world.proxy.choose = () => ({ kind: 'hold', until: frozen });
    const now = new Date();
    await world.query(`UPDATE connections SET due_at = $1`, [now]);
    await until('every connection is being refreshed', () => world.committed() === 2 * CONNECTIONS, 20);
    first.signal('SIGSTOP');
    world.proxy.choose = () => null;
    frozen.open();
    await second.start();
    await delay(PAUSE_SECONDS[size] * 1000);
    const meanwhile = world.proxy.passages.length - 2 * CONNECTIONS;
    first.signal('SIGCONT');
    const settled = await world.settles(now.getTime(), SLACK_SECONDS[size] + 30);
    const states = settled ? '' : await statesOf(world);
    await Promise.all(world.members.map((member) => member.terminate(40)));
    const census = await takeCensus(world);
    const most = Math.max(...[...presentations(await world.provider.requests()).values()].map(({ length }) => length));
    return [
      {
        test: 'R10',
        condition: `SIGSTOP ${PAUSE_SECONDS[size]} s, ${SLACK_SECONDS[size]} s left of the access tokens, strict`,
        refreshes: census.refreshes,
        reuse: census.reuse,
        lost: census.lost.length,
        marked: census.marked.length,
        misses: [
          ...missed(meanwhile === 0, `${meanwhile} tokens were presented again during the pause`),
          ...missed(most === 1, `a token was presented ${most} times`),
          ...missed(settled, `not settled: ${states}`),
          ...noneLost(census),
          ...noneMarked(census),
        ],
        notes: [],
      },
    ];
  },
};
