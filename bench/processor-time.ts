import { readFile } from 'node:fs/promises';

/** Linux counts processor time in these for every process, whatever its kernel was built with. */
const MICROSECONDS_PER_TICK = 10_000;

/** User and system time of a process so far. Undefined where there is no /proc. */
export async function cpuMicroseconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // Fields 14 and 15 of proc(5). The second, a name in brackets, may hold spaces.
  const [user, system] =
    stat
      ?.slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number) ?? [];
  return user === undefined || system === undefined ? undefined : (user + system) * MICROSECONDS_PER_TICK;
}
