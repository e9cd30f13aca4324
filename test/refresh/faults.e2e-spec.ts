import { describe, test } from 'vitest';
import { databaseGoneAtTheAnswer, databaseRestarts } from '../chaos/refresh/database-crashes.js';
import { disconnects } from '../chaos/refresh/disconnects.js';
import { frozenWorker } from '../chaos/refresh/frozen-worker.js';
import { lostAnswers } from '../chaos/refresh/lost-answers.js';
import { restartStorm } from '../chaos/refresh/restart-storm.js';
import { crashesWithGrace, crashesWithoutGrace, rollingRestarts, undisturbed } from '../chaos/refresh/restarts.js';
import { wrongClock } from '../chaos/refresh/wrong-clock.js';
import { wrongSecret } from '../chaos/refresh/wrong-secret.js';
import { holds } from './short-form.js';

// Side by side: they wait for tokens to end most of the time.
describe.concurrent('no refresh token is lost, and none is presented twice', { timeout: 300_000 }, () => {
  test('by several processes at once (R2)', () => holds(undisturbed));
  test('when processes are told to end and come back (R3)', () => holds(rollingRestarts));
  test('when processes are killed, and the provider takes a spent token a while longer (R4)', () =>
    holds(crashesWithGrace));
  test('when processes are killed and the provider is strict, but for what was in flight, which is told with an event (R5)', () =>
    holds(crashesWithoutGrace));
  test('when PostgreSQL dies and recovers, again and again (R6)', () => holds(databaseRestarts));
  test('when PostgreSQL is gone at the answer and its process is killed: the journal has it (R7)', () =>
    holds(databaseGoneAtTheAnswer));
  test('when answers are cut off and the provider has a grace; without one, each loss is told (R9)', () =>
    holds(lostAnswers));
  test('when a process pauses: nobody presents its tokens meanwhile (R10)', () => holds(frozenWorker));
  test('when the client secret is wrong: nobody is marked, and the provider is hardly asked (R12)', () =>
    holds(wrongSecret));
  test('when the clock of one process is wrong (R16)', () => holds(wrongClock));
  test('when its connection is disconnected meanwhile: no token is left, neither here nor there (R17)', () =>
    holds(disconnects));
  test('when every process is killed and started at once while all are due: the third party is asked no more at once than ever (L2)', () =>
    holds(restartStorm));
});
