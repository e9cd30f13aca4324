import { describe, expect, it } from 'vitest';
import { nextLookSeconds, type Unfinished, type UsualDuration } from './poll-schedule.js';

const begun: Unfinished = { looks: 0, elapsed: 0, retryAfter: null, interval: null, usual: null };
const randoms = [0, 0.5, 0.999];

/** When an action that takes `duration` is looked at. */
function looksAt(duration: number, usual: UsualDuration | null, random: () => number): number[] {
  const times: number[] = [];
  for (let elapsed = 0; elapsed < duration;) {
    elapsed += nextLookSeconds({ ...begun, looks: times.length, elapsed, usual }, random);
    times.push(elapsed);
  }
  return times;
}

describe('the next look', () => {
  it('is never sooner than the third party asks for, whatever else is known', () => {
    const usual = { mean: 3, deviation: 1, samples: 100 };
    for (const random of randoms) {
      expect(nextLookSeconds({ ...begun, retryAfter: 17, interval: 2, usual }, () => random)).toBe(17);
    }
  });

  it('is never sooner than the document says', () => {
    for (const random of randoms) {
      expect(nextLookSeconds({ ...begun, interval: 60 }, () => random)).toBeGreaterThanOrEqual(60);
    }
  });

  it.each(randoms)('is never sooner than 0.8 s, nor later than 36 s where nothing is expected', (random) => {
    for (const usual of [null, { mean: 0.01, deviation: 0, samples: 9 }, { mean: 90, deviation: 60, samples: 9 }]) {
      for (let elapsed = 0; elapsed < 200; elapsed += 1) {
        const seconds = nextLookSeconds({ ...begun, looks: elapsed, elapsed, usual }, () => random);
        expect(seconds).toBeGreaterThanOrEqual(0.79);
        if (!usual || elapsed > usual.mean) expect(seconds).toBeLessThanOrEqual(36);
      }
    }
  });

  it('goes by the table as long as too few runs are known', () => {
    const few = { mean: 60, deviation: 1, samples: 4 };
    expect(nextLookSeconds({ ...begun, usual: few }, () => 0.5)).toBe(1);
  });

  it.each([4, 20, 120, 3600])('finds an action that takes %i s within a second and a half, with few looks', (mean) => {
    for (const random of randoms) {
      const looks = looksAt(mean, { mean, deviation: 0.3, samples: 50 }, () => random);
      expect(looks.length).toBeLessThanOrEqual(3);
      expect((looks.at(-1) ?? 0) - mean).toBeLessThanOrEqual(1.5);
    }
  });

  it('is made ever less often for one that is long overdue', () => {
    const looks = looksAt(1000, { mean: 10, deviation: 0.5, samples: 50 }, () => 0.5);
    expect(looks.length).toBeLessThan(50);
  });
});
