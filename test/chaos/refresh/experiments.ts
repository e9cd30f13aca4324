import { concurrentCallers } from './concurrent-callers.js';
import { databaseGoneAtTheAnswer, databaseRestarts } from './database-crashes.js';
import { disconnects } from './disconnects.js';
import type { Experiment } from './experiment.js';
import { frozenWorker } from './frozen-worker.js';
import { lostAnswers } from './lost-answers.js';
import { crashesWithGrace, crashesWithoutGrace, rollingRestarts, undisturbed } from './restarts.js';
import { sameMinute } from './same-minute.js';
import { slowAnswers } from './slow-answers.js';
import { wrongClock } from './wrong-clock.js';
import { wrongSecret } from './wrong-secret.js';

/** In the order of the specification. What it asks for beyond them is tested where the rule is. */
export const experiments: readonly Experiment[] = [
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
];
