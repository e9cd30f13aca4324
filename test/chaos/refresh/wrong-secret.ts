import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { REFRESHES_PER_TENANT } from '#libs/refresh';
import { statesOf, takeCensus } from './census.js';
import { type Experiment, type Finding, type Ground, missed, type Size } from './experiment.js';
import { noneLost, noneMarked } from './rounds.js';
import { becomes } from './until.js';
import { RefreshWorld } from './world.js';

const CONNECTIONS = { short: 100, full: 500 };
const PROCESSES = { short: 2, full: 4 };
const CALLS = 5;
/** How long it stays wrong once the circuit is open. */
const WRONG_SECONDS = { short: 5, full: 60 };
const PROBE_SECONDS = 30;
const RECOVERED_SECONDS = 60;

/** The provider's secret of the tenant's client is replaced there, and nobody tells us at first. */
export const wrongSecret: Experiment = {
  test: 'R12',
  title: 'the client secret of one app is wrong, for all of its connections',
  run: (ground, size) => Promise.all([refuse(ground, size, 'at first'), refuse(ground, size, 'suddenly')]),
};

/** @param when before any refresh has worked in these processes, or after many have */
async function refuse(ground: Ground, size: Size, when: 'at first' | 'suddenly'): Promise<Finding> {
  await using world = await RefreshWorld.start(ground, {
    processes: PROCESSES[size],
    refresh: { rotation: 'strict' },
    accessTokenSeconds: 3600,
  });
  const now = new Date();
  await world.connect(CONNECTIONS[size], () => ({ obtainedAt: now, expiresAt: new Date(now.getTime() + 3600_000) }));
  if (when === 'suddenly') await world.warmUp();
  const clientSecret = randomBytes(24).toString('base64url');
  await world.provider.configure({ clientSecret });
  await world.query(`UPDATE connections SET due_at = $1`, [new Date()]);
  const opened = await becomes(() => isOpen(world), 20);
  await delay(WRONG_SECONDS[size] * 1000);
  const calls = (await world.provider.requests()).filter(({ outcome }) => outcome === 'invalid_client').length;
  const marked = (await world.rows()).filter(({ status }) => status === 'needs_reauth').length;
  const rightAt = Date.now();
  await world.useSecret(clientSecret);
  const recovered = await becomes(async () => !(await isOpen(world)), RECOVERED_SECONDS);
  const closedSeconds = (Date.now() - rightAt) / 1000;
  const settled = await world.settles(rightAt, RECOVERED_SECONDS + 60);
  const allSeconds = (Date.now() - rightAt) / 1000;
  const states = settled ? '' : await statesOf(world);
  await Promise.all(world.members.map((member) => member.terminate(40)));
  const census = await takeCensus(world);
  const probes = Math.floor(WRONG_SECONDS[size] / PROBE_SECONDS);
  const allowed = probes + (when === 'at first' ? CALLS : REFRESHES_PER_TENANT * PROCESSES[size]);
  return {
    test: 'R12',
    condition: `secret wrong ${when}, ${CONNECTIONS[size]} connections, ${PROCESSES[size]} processes`,
    refreshes: census.refreshes,
    reuse: census.reuse,
    lost: census.lost.length,
    marked: census.marked.length,
    misses: [
      ...missed(opened, 'the circuit did not open'),
      ...missed(calls <= allowed, `the provider was asked ${calls} times instead of ${allowed}`),
      ...missed(marked === 0, `${marked} connections were marked meanwhile`),
      ...missed(recovered, `the circuit was still open ${RECOVERED_SECONDS} s after the secret was right again`),
      ...missed(settled, `not all refreshed afterwards: ${states}`),
      ...noneLost(census),
      ...noneMarked(census),
    ],
    notes: [
      `${calls} calls with the wrong secret; closed ${closedSeconds.toFixed(0)} s and all refreshed ${allSeconds.toFixed(0)} s after it was right`,
    ],
  };
}

async function isOpen(world: RefreshWorld): Promise<boolean> {
  return (await world.query(`SELECT 1 FROM refresh_circuits WHERE opened_at IS NOT NULL`)).length > 0;
}
