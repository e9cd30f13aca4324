import type { DataSource } from 'typeorm';
import type { Progress } from './short-locks.js';

const TELL_EVERY_MILLISECONDS = 15_000;
const TEXT_LENGTH = 100;

/**
 * The statement of a migration that has been at it longest, for half the time between two looks or more. What an index is made for is in
 * pg_stat_progress_create_index: https://www.postgresql.org/docs/current/progress-reporting.html
 */
const LONGEST = `
  SELECT round(extract(epoch FROM now() - query_start))::int AS seconds, query AS text, p.phase,
         coalesce(nullif(current_locker_pid, 0), (pg_blocking_pids(a.pid))[1]) AS blocker
    FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index p USING (pid)
   WHERE a.datname = current_database() AND application_name = current_setting('application_name') AND a.pid <> pg_backend_pid()
     AND state = 'active' AND query_start < now() - $1 * interval '1 millisecond' / 2
   ORDER BY query_start LIMIT 1`;

interface Statement {
  seconds: number;
  text: string;
  phase: string | null;
  blocker: number | null;
}

/**
 * Migrates, and tells every 15 seconds how far it is and what it is at: a table of a million rows takes minutes, and an index that is made beside the
 * traffic waits for the oldest transaction of others without a word.
 */
export async function tellingWhatTakesLong(
  source: DataSource,
  migrate: () => Promise<void>,
  progress: Progress,
  everyMilliseconds = TELL_EVERY_MILLISECONDS,
): Promise<void> {
  let isOver = false;
  // What can not be told now is told next time: the migration does not depend on it.
  const tell = () =>
    describeWork(source, everyMilliseconds).then(
      (sentence) => isOver || progress(sentence),
      () => undefined,
    );
  const telling = setInterval(() => void tell(), everyMilliseconds);
  try {
    await migrate();
  } finally {
    isOver = true;
    clearInterval(telling);
  }
}

async function describeWork(source: DataSource, everyMilliseconds: number): Promise<string> {
  const [done] = await source.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM migrations`);
  const [statement] = await source.query<Statement[]>(LONGEST, [everyMilliseconds]);
  const far = `Migrating: ${done?.count} of ${source.migrations.length} are done`;
  if (!statement) return far;
  const { seconds, text, phase, blocker } = statement;
  const at = `; for ${seconds} s at ${text.replaceAll(/\s+/g, ' ').slice(0, TEXT_LENGTH)}`;
  return `${far}${at}${phase === null ? '' : `: ${phase}`}${blocker === null ? '' : `, held up by the process ${blocker} of PostgreSQL`}`;
}
