import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { type EntitySubscriberInterface, EventSubscriber, QueryFailedError } from 'typeorm';

/** Everybody who comes later to a table queues behind a migration that waits for it: this is the longest that they do. */
export const LOCK_WAIT_MILLISECONDS = 500;
/** In between, those who queued go on. */
const PAUSE_MILLISECONDS = [500, 1500] as const;
const GIVE_UP_MILLISECONDS = 10 * 60_000;
/** lock_not_available and deadlock_detected: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const LOCK_ERRORS: readonly (string | undefined)[] = ['55P03', '40P01'];

const WAITING =
  'A migration waits for a table that somebody uses, and tries for ten minutes. docs/runbooks/upgrade.md says how to find out who it is';

export type Progress = (sentence: string) => void;

interface TransactionStart {
  queryRunner: { query(sql: string): Promise<unknown> };
}

/** No transaction of a migration waits for a lock for long. Of a transaction, not of the session: a pooler would hand it on. */
@EventSubscriber()
export class ShortLocks implements EntitySubscriberInterface {
  async afterTransactionStart({ queryRunner }: TransactionStart): Promise<void> {
    await queryRunner.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MILLISECONDS}`);
  }
}

/**
 * Migrates until each lock was had: a long statement of somebody else's delays a migration, and a migration delays nobody for long.
 * @param migrate takes up after the last migration that was committed
 * @param progress told the first time that a lock is not to be had
 */
export async function withoutQueueing(
  migrate: () => Promise<void>,
  progress: Progress = () => undefined,
): Promise<void> {
  const end = Date.now() + GIVE_UP_MILLISECONDS;
  for (let tries = 1; ; tries += 1) {
    try {
      return await migrate();
    } catch (error) {
      if (!isLockWait(error) || Date.now() > end) throw error;
      if (tries === 1) progress(WAITING);
    }
    const [least, most] = PAUSE_MILLISECONDS;
    await delay(least + Math.random() * (most - least));
  }
}

function isLockWait(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof DatabaseError && LOCK_ERRORS.includes(cause.code);
}
