import { describe, expect, it } from 'vitest';
import type { RefreshRotation } from '#libs/catalog';
import { presentAgainAt } from './present-again.js';

const obtained = new Date('2026-03-01T12:00:00Z');
const after = (seconds: number) => new Date(obtained.getTime() + seconds * 1000);

interface Unanswered {
  life: number | null;
  at: number;
  /** By default the last was the first. */
  first?: number;
  attempts: number;
}

/** @returns seconds after the last presentation, which was at `at` */
function wait(rotation: RefreshRotation, { life, at, attempts, first = at }: Unanswered) {
  const expiresAt = life === null ? null : after(life);
  const again = presentAgainAt(rotation, {
    attempts,
    attemptAt: after(at),
    firstAttemptAt: after(first),
    expiresAt,
    lastRefreshedAt: obtained,
  });
  return (again.getTime() - after(at).getTime()) / 1000;
}

describe('a refresh token that was presented, and nobody knows what came of it,', () => {
  it.each<[string, RefreshRotation, Unanswered, number]>([
    ['grace: at once', 'grace', { life: 3600, at: 2700, attempts: 1 }, 0],
    ['grace, of a token without an end: at once', 'grace', { life: null, at: 2700, attempts: 1 }, 0],
    ['grace, after two: when the trouble may be over', 'grace', { life: 3600, at: 2700, attempts: 2 }, 8],
    ['grace, after three that took 20 s: once more', 'grace', { life: 3600, at: 2720, first: 2700, attempts: 3 }, 8],
    ['grace, once it is over: backs off', 'grace', { life: 3600, at: 2721, first: 2700, attempts: 4 }, 120],
    [
      'grace, after a single answer that took too long: backs off',
      'grace',
      { life: 3600, at: 2740, first: 2700, attempts: 2 },
      30,
    ],
    ['grace, after twenty: an hour', 'grace', { life: 3600, at: 2800, first: 2700, attempts: 20 }, 3600],
    ['strict: a minute before the access token ends', 'strict', { life: 3600, at: 2700, attempts: 1 }, 840],
    ['strict: not while somebody slow may still answer', 'strict', { life: 3600, at: 3530, attempts: 1 }, 45],
    ['strict, after the end: when nobody slow is left', 'strict', { life: 3600, at: 4000, attempts: 1 }, 45],
    ['strict, of a life of 5 min: a tenth before its end', 'strict', { life: 300, at: 150, attempts: 1 }, 120],
    ['strict, of a life of 20 s: 45 s', 'strict', { life: 20, at: 10, attempts: 1 }, 45],
    ['strict, of no life at all: 45 s', 'strict', { life: 0, at: 10, attempts: 1 }, 45],
    ['strict, of a token without an end: 45 s', 'strict', { life: null, at: 10, attempts: 1 }, 45],
    ['strict, after two: backs off', 'strict', { life: 3600, at: 3540, attempts: 2 }, 30],
    ['strict, after four: ever longer', 'strict', { life: 3600, at: 3540, attempts: 4 }, 120],
    ['non_rotating: at once', 'non_rotating', { life: 3600, at: 2700, attempts: 1 }, 0],
    ['non_rotating: at once, however often', 'non_rotating', { life: 3600, at: 2700, attempts: 50 }, 0],
  ])('is presented again: %s', (_, rotation, unanswered, seconds) => {
    expect(wait(rotation, unanswered)).toBe(seconds);
  });
});
