import { secondsAfter } from '#libs/scheduling';

/** Close to 50 years. */
const AHEAD_SECONDS = 18_262 * 86_400;

/** No time by the clock is before it, and until 2060 no rank behind it. */
export const FIRST_TIME = new Date('2010-01-01T00:00:00Z');

/**
 * The `due_at` of a connection that somebody waits for: before whatever is due by the clock, of which nobody may ever ask; of several the one that was
 * asked for first.
 */
export function demandRank(demandedAt: Date): Date {
  return secondsAfter(demandedAt, -AHEAD_SECONDS);
}

/** The time that a `due_at` stands for: of a demanded connection that of the demand. */
export function dueTime(dueAt: Date): Date {
  return dueAt < FIRST_TIME ? secondsAfter(dueAt, AHEAD_SECONDS) : dueAt;
}
