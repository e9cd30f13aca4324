import { array, assert, constantFrom, double, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceOf } from './call-pace.js';

describe('a pace of calls', () => {
  it('fills no window with more than the limit, however calls come and however late they arrive', () => {
    const limits = record({
      calls: integer({ min: 1, max: 200 }),
      windowSeconds: constantFrom(0.6, 60, 3600),
    });
    const gaps = array(double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 400 });
    const late = double({ min: 0, max: 1, noNaN: true });
    assert(
      property(limits, gaps, late, ({ calls, windowSeconds }, waits, lateness) => {
        const { everySeconds, toleranceSeconds } = paceOf(calls, windowSeconds);
        let bookedUntil = 0;
        let now = 1000;
        const times = waits.map((gap, index) => {
          now += gap * everySeconds;
          const at = Math.max(now, bookedUntil - toleranceSeconds);
          bookedUntil = Math.max(bookedUntil, at) + everySeconds;
          // Every second one is as late as is allowed for.
          return at + (index % 2) * lateness * 0.05 * windowSeconds;
        });
        const inWindow = times.map((from) => times.filter((at) => at >= from && at < from + windowSeconds).length);
        expect(Math.max(...inWindow)).toBeLessThanOrEqual(calls);
      }),
    );
  });

  it('uses most of the limit', () => {
    expect(60 / paceOf(60, 60).everySeconds).toBeGreaterThan(50);
    expect(60 / paceOf(150, 60).everySeconds).toBeGreaterThan(125);
  });
});
