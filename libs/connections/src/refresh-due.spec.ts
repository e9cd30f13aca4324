import { describe, expect, it } from 'vitest';
import { refreshDueAt } from './refresh-due.js';

const obtained = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(obtained.getTime() + seconds * 1000);

describe('when a token is refreshed', () => {
  it.each([
    [120, 0, 60],
    [120, 1, 48],
    [36_000, 0, 36_000 - 900],
    [36_000, 1, 36_000 - 1080],
    [20, 0, 10],
    [1, 0, 5],
  ])('a token of %i s with jitter %d is due after %i s', (life, random, due) => {
    expect(refreshDueAt(obtained, after(life), () => random)).toEqual(after(due));
  });

  it('a token without an end is never due by time', () => {
    expect(refreshDueAt(obtained, null)).toBeNull();
  });
});
