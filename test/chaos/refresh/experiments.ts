import { concurrentCallers } from './concurrent-callers.js';
import { databaseGoneAtTheAnswer, databaseRestarts } from './database-crashes.js';
import { disconnects } from './disconnects.js';
import { ChaosSuite } from '../chaos-suite.js';
import type { Experiment, Finding } from './experiment.js';
import { frozenWorker } from './frozen-worker.js';
import { lostAnswers } from './lost-answers.js';
import { restartStorm } from './restart-storm.js';
import { crashesWithGrace, crashesWithoutGrace, rollingRestarts, undisturbed } from './restarts.js';
import { sameMinute } from './same-minute.js';
import { slowAnswers } from './slow-answers.js';
import { wrongClock } from './wrong-clock.js';
import { wrongSecret } from './wrong-secret.js';

/** In the order of the specification. What it asks for beyond them is tested where the rule is. */
const experiments: readonly Experiment[] = [
  concurrentCallers,
  undisturbed,
  rollingRestarts,
  crashesWithGrace,
  crashesWithoutGrace,
  databaseRestarts,
  databaseGoneAtTheAnswer,
  slowAnswers,
  lostAnswers,
  frozenWorker,
  wrongSecret,
  sameMinute,
  wrongClock,
  disconnects,
  restartStorm,
];

export const refreshSuite = new ChaosSuite<Finding>({
  experiments,
  columns: {
    refreshes: ({ refreshes }) => refreshes,
    reuse: ({ reuse }) => reuse,
    lost: ({ lost }) => lost,
    marked: ({ marked }) => marked,
  },
  broken: (test, misses) => ({ test, condition: '', refreshes: 0, reuse: 0, lost: 0, marked: 0, misses, notes: [] }),
});
