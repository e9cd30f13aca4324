import { endedBy, samplesOf, type UsualDuration } from './usual-duration.js';

const STEPS_SECONDS = [1, 1, 2, 3, 5, 8, 13, 20, 30];
const JITTER = 0.2;
/** However long an action is known to take, it is looked at this often. */
const MOST_SECONDS = 300;
/** Fewer runs say nothing of those to come. */
const ENOUGH_SAMPLES = 5;
/** So large a part of the runs that are still under way ends, as far as is known, from one look to the next. */
const PART = 0.1;
/** Of the time so far, where a run takes longer than others did. */
const LATE_PART = 0.15;

/** What is known when the next look is planned. */
export interface Unfinished {
  /** So far. */
  looks: number;
  /** Seconds since the third party took it. */
  elapsed: number;
  /** What it asked for in its last answer. */
  retryAfter: number | null;
  /** What the document says. */
  interval: number | null;
  usual: UsualDuration | null;
}

/**
 * Seconds until the next look: what the third party asks for; else what the document says; else seldom while the action hardly ever ends, and
 * often when it usually does; else 1, 1, 2, 3, 5 … 30. All but the first are varied, so that runs begun together do not ask together.
 */
export function nextLookSeconds(run: Unfinished, random = Math.random): number {
  if (run.retryAfter !== null) return run.retryAfter;
  if (run.interval !== null) return run.interval * (1 + JITTER * random());
  const varied = JITTER * (2 * random() - 1);
  if (run.usual && samplesOf(run.usual) >= ENOUGH_SAMPLES) {
    const seconds = expected(run.elapsed, run.usual);
    // A long wait is not varied by more than a moment: it ends when the action does.
    return seconds + Math.min(seconds, 2) * varied;
  }
  return (STEPS_SECONDS[Math.min(run.looks, STEPS_SECONDS.length - 1)] ?? 30) * (1 + varied);
}

function expected(elapsed: number, usual: UsualDuration): number {
  const at = endedBy(usual, elapsed, PART);
  const seconds = at === null ? Math.min(30, elapsed * LATE_PART) : at - elapsed;
  return Math.min(MOST_SECONDS, Math.max(1, seconds));
}
