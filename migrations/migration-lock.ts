import { setTimeout as delay } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';

/** Arbitrary numbers of ours: "gat2" and "gate" in ASCII. */
const LOCK = 0x67_61_74_32;
const LOCK_OF_RELEASES_BEFORE = 0x67_61_74_65;
const ASK_AGAIN_MILLISECONDS = 200;

/**
 * Begins a transaction of the runner's in which no other process migrates: as long as it lasts, or until its process is killed. Of a
 * transaction, not of the session: behind a pooler a session outlives its client, and would keep the lock.
 *
 * Nobody waits for it in the server, but asks again: a statement that waits holds a snapshot, and an index that is made concurrently is not
 * finished before that has gone.
 */
export async function takeMigrationLock(runner: QueryRunner): Promise<void> {
  for (;;) {
    await runner.startTransaction();
    const [answer]: { isOurs: boolean }[] = await runner.query(`SELECT pg_try_advisory_xact_lock($1) AS "isOurs"`, [
      LOCK,
    ]);
    if (answer?.isOurs) break;
    await runner.rollbackTransaction();
    await delay(ASK_AGAIN_MILLISECONDS);
  }
  await letReleasesBeforeEnd(runner);
}

/** Those do wait in the server. So one that migrates now is awaited, and any that comes later goes on at once: what it knows of was done. */
async function letReleasesBeforeEnd(runner: QueryRunner): Promise<void> {
  // Whoever waits for another process to migrate is in nobody's way.
  await runner.query(`SET LOCAL lock_timeout = 0`);
  await runner.query(`SAVEPOINT releases_before`);
  await runner.query(`SELECT pg_advisory_xact_lock($1)`, [LOCK_OF_RELEASES_BEFORE]);
  await runner.query(`ROLLBACK TO SAVEPOINT releases_before`);
}
