/** Of a limit: what may be called at once after a pause. The rest is spread evenly, so that no window, wherever it begins, is overdrawn. */
const BURST_PART = 0.1;
/** Calls do not arrive as evenly as they are sent: they may be as late as that part of the window, and that many seconds. */
const LATE_PART = 0.05;
const LATE_SECONDS = 0.05;

export interface CallPace {
  everySeconds: number;
  /** How far ahead of the steady rate a call may be. */
  toleranceSeconds: number;
}

/** A steady rate with a small burst, by which no window of `windowSeconds` holds more than `calls`. */
export function paceOf(calls: number, windowSeconds: number): CallPace {
  const burst = Math.max(1, Math.floor(calls * BURST_PART));
  const late = windowSeconds * LATE_PART + LATE_SECONDS;
  const everySeconds = (windowSeconds + late) / (calls - burst + 1);
  return { everySeconds, toleranceSeconds: (burst - 1) * everySeconds };
}
