import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Database } from '#libs/database';
import { problem } from '#libs/errors';

/**
 * Who comes now would wait as long, at each of its statements, and fail after five seconds of it. Several times what a stall of a disk takes,
 * so that it says that there is more to do than can be done.
 */
const LONGEST_WAIT_MILLISECONDS = 2000;
const AGAIN_SECONDS = 1;
/** Those who look after the service see it then above all. */
const WATCHED = /^\/(?:health\/|metrics$)/;
const TOLD_EVERY_MILLISECONDS = 10_000;

/**
 * Refuses what comes while the database is behind, before anything is done for it. Else all of it would wait in memory, and much of it in vain:
 * what fails at its third statement has had two of them.
 */
export function refuseOverload(fastify: FastifyInstance, database: Pick<Database, 'pool'>): void {
  const log = new Logger('Overload');
  let toldAt = -Infinity;
  fastify.addHook('onRequest', async ({ routeOptions }) => {
    const { waitedMilliseconds, waiting } = database.pool;
    if (waitedMilliseconds < LONGEST_WAIT_MILLISECONDS || WATCHED.test(routeOptions.url ?? '')) return;
    if (performance.now() - toldAt > TOLD_EVERY_MILLISECONDS) {
      toldAt = performance.now();
      log.warn(
        `Requests are refused: ${waiting} wait for a connection to the database, the first for ${(waitedMilliseconds / 1000).toFixed(1)} s.`,
      );
    }
    throw problem(
      'unavailable',
      'There is more to do than the database keeps up with at this moment. Nothing was done; try again in a second.',
      { retryAfterSeconds: AGAIN_SECONDS },
    );
  });
}
