const MINUTE_MILLISECONDS = 60_000;

/** Start of the window that a moment lies in. Every process has the same windows, as far as their clocks agree. */
export function minuteOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS);
}

/** End of a window, which is the start of the next. */
export function minuteAfter(start: Date): Date {
  return new Date(start.getTime() + MINUTE_MILLISECONDS);
}
