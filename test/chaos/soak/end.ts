import { missed } from '../refresh/experiment.js';
import { becomes } from '../refresh/until.js';
import { effectsOf } from './effects.js';
import type { SoakCounts } from './finding.js';
import type { Load } from './load.js';
import type { SoakWorld } from './soak-world.js';

const SETTLE_SECONDS = 90;
const STOP_SECONDS = 45;

type End = Awaited<ReturnType<typeof endOf>>;

/** Sees that everything has ended, and can be used, and ends the processes. */
export async function endOf(world: SoakWorld, load: Load) {
  const stale = await refreshAll(world);
  const broken = await tryAll(load);
  const { states, open } = await settle(world);
  const untold = await untoldOf(world, load);
  const effects = await effectsOf(world, load);
  const codes = await Promise.all(world.members.map(async (member) => (await member.terminate(STOP_SECONDS)).code));
  const { outcome_unknown: unknown = 0, succeeded = 0, ...others } = states;
  const failed = Object.values(others).reduce((sum, count) => sum + count, 0) - open;
  return { stale, broken, open, untold, effects, codes, unknown, succeeded, failed, others };
}

export function countsOf(load: Load, { unknown, open, broken, untold }: End): SoakCounts {
  return {
    jobs: load.jobs,
    runs: load.runs.size,
    unknown,
    open,
    connections: load.connected.length,
    unusable: broken.length,
    untold: untold.length,
  };
}

export function missedAtTheEnd(end: End): string[] {
  const { stale, broken, open, untold, codes, failed, others } = end;
  return [
    ...missed(open === 0, `${open} runs are in no final state`),
    ...missed(failed === 0, `${failed} runs failed: ${JSON.stringify(others)}`),
    ...missed(stale.length === 0, `${stale.length} connections were not refreshed at the end: ${stale[0]}`),
    ...missed(broken.length === 0, `${broken.length} connections can't be used: ${broken[0]}`),
    ...missed(untold.length === 0, `the endpoint was not told about ${untold.length}`),
    ...missed(
      codes.every((code) => code === 0),
      `SIGTERM ended with ${codes.join(', ')}`,
    ),
  ];
}

/**
 * A connection whose refresh token is gone shows it here. Not one that waits for its partner's word: a client that was cut off before it gave that
 * has begun anew, and nobody uses it. @returns how those stand that were not refreshed
 */
async function refreshAll(world: SoakWorld): Promise<string[]> {
  const start = new Date();
  await world.query(`UPDATE connections SET due_at = $1 WHERE status = 'connected'`, [start]);
  const others = () =>
    world.query(
      `SELECT status, status_reason, last_refreshed_at, due_at, lease_until, attempts, refresh_failures FROM connections
        WHERE status <> 'pending' AND (status <> 'connected' OR last_refreshed_at IS NULL OR last_refreshed_at < $1)`,
      [start],
    );
  await becomes(async () => (await others()).length === 0, SETTLE_SECONDS, 500);
  return (await others()).map((row) => JSON.stringify(row));
}

async function tryAll(load: Load): Promise<string[]> {
  const broken: string[] = [];
  for (const connected of load.connected) {
    const wrong = await load.tryOut(connected).catch(String);
    if (wrong !== null) broken.push(wrong);
  }
  return broken;
}

async function settle(world: SoakWorld): Promise<{ states: Record<string, number>; open: number }> {
  const open = async () => Number((await world.query(`SELECT count(*) AS open FROM run_jobs`))[0]?.open);
  await becomes(async () => (await open()) === 0, SETTLE_SECONDS, 500);
  const rows = await world.query(`SELECT state, count(*)::int AS count FROM runs GROUP BY state`);
  const states = Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
  const { queued = 0, running = 0, polling = 0 } = states;
  return { states, open: queued + running + polling };
}

/** Ended runs and made connections of which the endpoint has heard nothing. */
async function untoldOf(world: SoakWorld, load: Load): Promise<string[]> {
  const ended = await world.query(`SELECT id FROM runs WHERE finished_at IS NOT NULL`);
  const ids = [...ended.map(({ id }) => String(id)), ...load.connected.map(({ authentication }) => authentication)];
  const untold = () => ids.filter((id) => !world.told.has(id));
  await becomes(() => untold().length === 0, SETTLE_SECONDS, 500);
  return untold();
}
