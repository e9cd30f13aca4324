const STEPS_SECONDS = [1, 1, 2, 3, 5, 8, 13, 20, 30];
const JITTER = 0.2;
const LEAST_SECONDS = 1;
const MOST_SECONDS = 30;
/** Fewer runs say nothing of those to come. */
const ENOUGH_SAMPLES = 5;
/** Of deviations: before the mean, where the first look is; from look to look; and behind the mean, where a run is simply late. */
const [FIRST_LOOK, STEP, LATE] = [2, 1 / 3, 3];

/** How long an action usually takes, seconds. */
export interface UsualDuration {
  mean: number;
  deviation: number;
  samples: number;
}

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
 * Seconds until the next look: what the third party asks for; else what the document says; else shortly before the action usually ends, and then
 * often; else 1, 1, 2, 3, 5 … 30. All but the first are varied, so that runs begun together do not ask together.
 */
export function nextLookSeconds(run: Unfinished, random = Math.random): number {
  if (run.retryAfter !== null) return run.retryAfter;
  if (run.interval !== null) return run.interval * (1 + JITTER * random());
  const varied = 1 - JITTER + 2 * JITTER * random();
  if (run.usual && run.usual.samples >= ENOUGH_SAMPLES) return expected(run.elapsed, run.usual, varied);
  return (STEPS_SECONDS[Math.min(run.looks, STEPS_SECONDS.length - 1)] ?? MOST_SECONDS) * varied;
}

function expected(elapsed: number, { mean, deviation }: UsualDuration, varied: number): number {
  const step = clamp(deviation * STEP);
  const first = mean - FIRST_LOOK * deviation;
  if (elapsed + step < first) return first - elapsed + step * (varied - 1);
  const late = elapsed - (mean + LATE * deviation);
  return clamp(late > 0 ? Math.max(step, late / 2) : step) * varied;
}

function clamp(seconds: number): number {
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds));
}
