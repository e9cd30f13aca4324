import { readdir, readFile } from 'node:fs/promises';
import { Client } from 'pg';
import type { Runner } from './measure.js';

/** Linux counts processor time in these for every process, whatever its kernel was built with. */
const MICROSECONDS_PER_TICK = 10_000;

/** The same, with what the server of that database needed of the processor for each. Without the figure where there is no /proc. */
export function withPostgresTime(databaseUrl: string, runner: Runner): Runner {
  return async (seconds) => {
    const before = await postgresMicroseconds(databaseUrl);
    const run = await runner(seconds);
    const after = await postgresMicroseconds(databaseUrl);
    if (before === undefined || after === undefined) return run;
    const each = (after - before) / (run.perSecond * seconds);
    return { ...run, figures: { ...run.figures, 'PostgreSQL µs': each } };
  };
}

/** Of all its processes, those that have ended too. */
async function postgresMicroseconds(databaseUrl: string): Promise<number | undefined> {
  const postmaster = await postmasterOf(databaseUrl);
  if (postmaster === undefined) return undefined;
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  const stats = await Promise.all(pids.map(statOf));
  const children = stats.filter((stat) => stat?.parent === postmaster);
  const ended = (await statOf(postmaster))?.ended ?? 0;
  return children.reduce((sum, stat) => sum + (stat?.own ?? 0), ended);
}

/** Every backend is its child. */
async function postmasterOf(databaseUrl: string): Promise<number | undefined> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return (await statOf(rows[0]?.pid ?? 0))?.parent;
  } finally {
    await client.end();
  }
}

interface Stat {
  parent: number;
  own: number;
  /** Of children that have ended. */
  ended: number;
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // Field 4 and fields 14 to 17 of proc(5). The second, a name in brackets, may hold spaces.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return {
    parent: fields[1] ?? 0,
    own: (user + system) * MICROSECONDS_PER_TICK,
    ended: (endedUser + endedSystem) * MICROSECONDS_PER_TICK,
  };
}
