import { describe, expect, it } from 'vitest';
import { nextLookSeconds, type Unfinished } from './poll-schedule.js';
import { bucketOf, nothingKnown, type UsualDuration } from './usual-duration.js';

const begun: Unfinished = { looks: 0, elapsed: 0, retryAfter: null, interval: null, usual: null };
const randoms = [0, 0.5, 0.999];

/** An action of which so many runs took so long. */
function usual(...durations: number[]): UsualDuration {
  const counts = nothingKnown();
  for (const seconds of durations) counts[bucketOf(seconds)] = (counts[bucketOf(seconds)] ?? 0) + 1;
  return counts;
}

const often = (seconds: number) => usual(...Array.from({ length: 50 }, () => seconds));

/** When an action that takes `duration` is looked at. */
function looksAt(duration: number, known: UsualDuration | null, random: () => number): number[] {
  const times: number[] = [];
  for (let elapsed = 0; elapsed < duration;) {
    elapsed += nextLookSeconds({ ...begun, looks: times.length, elapsed, usual: known }, random);
    times.push(elapsed);
  }
  return times;
}

describe('the next look', () => {
  it('is never sooner than the third party asks for, whatever else is known', () => {
    for (const random of randoms) {
      expect(nextLookSeconds({ ...begun, retryAfter: 17, interval: 2, usual: often(3) }, () => random)).toBe(17);
    }
  });

  it('is never sooner than the document says', () => {
    for (const random of randoms) {
      expect(nextLookSeconds({ ...begun, interval: 60 }, () => random)).toBeGreaterThanOrEqual(60);
    }
  });

  it.each(randoms)('is never sooner than 0.8 s, nor later than five minutes, whatever is expected', (random) => {
    for (const known of [null, often(0.01), often(40_000), usual(1, 5, 20, 40, 90)]) {
      for (let elapsed = 0; elapsed < 200; elapsed += 1) {
        const seconds = nextLookSeconds({ ...begun, looks: elapsed, elapsed, usual: known }, () => random);
        expect(seconds).toBeGreaterThanOrEqual(0.79);
        expect(seconds).toBeLessThanOrEqual(known ? 301 : 36);
      }
    }
  });

  it('goes by the table as long as too few runs are known', () => {
    expect(nextLookSeconds({ ...begun, usual: usual(60, 60, 60, 60) }, () => 0.5)).toBe(1);
  });

  it.each([4, 20, 60])('finds an action that always takes %i s within two seconds, with few looks', (seconds) => {
    for (const random of randoms) {
      const looks = looksAt(seconds, often(seconds), () => random);
      expect(looks.length).toBeLessThanOrEqual(seconds < 30 ? 4 : 8);
      expect((looks.at(-1) ?? 0) - seconds).toBeLessThanOrEqual(2);
    }
  });

  it('asks less than half as often as each second, of an action that takes from 2 to 30 s', () => {
    const durations = Array.from({ length: 280 }, (_, index) => 2 + index / 10);
    const known = usual(...durations);
    const looks = durations.map((seconds) => looksAt(seconds, known, () => 0.5));
    const late = durations
      .map((seconds, index) => (looks[index]?.at(-1) ?? 0) - seconds)
      .sort((one, other) => one - other);
    expect(looks.flat().length / durations.length).toBeLessThan(9);
    expect(late[140]).toBeLessThan(1.3);
  });

  it('is made ever less often for one that is long overdue', () => {
    expect(looksAt(1000, often(10), () => 0.5).length).toBeLessThan(60);
  });
});
