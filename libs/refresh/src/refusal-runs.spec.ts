import { describe, expect, it } from 'vitest';
import { secondsAfter } from '#libs/scheduling';
import { RefusalRuns } from './refusal-runs.js';

const START = new Date('2027-01-01T00:00:00Z');
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** An app with one run of refusals, at a time of its own. */
function startRuns() {
  const runs = new RefusalRuns();
  let now = START;
  let connections = 0;
  return {
    advance: (seconds: number) => void (now = secondsAfter(now, seconds)),
    /** Each of another connection, unless `of` names one. @returns the numbers of those that were held */
    refuse: (count: number, of?: string) => {
      const held: number[] = [];
      for (let number = 1; number <= count; number += 1)
        if (runs.refused('app', of ?? `connection-${(connections += 1)}`, now)) held.push(number);
      return held;
    },
    renew: (count: number) => {
      for (let number = 0; number < count; number += 1) runs.renewed('app');
    },
    refuseElsewhere: () => runs.refused('other app', 'connection', now),
  };
}

describe('refusals of one app', () => {
  it('are held from the twentieth connection on', () => {
    expect(startRuns().refuse(22)).toEqual([20, 21, 22]);
  });

  it('are believed while they are of few connections, however often those are refused', () => {
    const { refuse } = startRuns();
    refuse(18);
    expect(refuse(100, 'one')).toEqual([]);
  });

  it('are believed where more are renewed', () => {
    const { refuse, renew } = startRuns();
    for (let time = 0; time < 200; time += 1) {
      expect(refuse(1)).toEqual([]);
      renew(2);
    }
  });

  it('are held where a third is renewed', () => {
    const { refuse, renew } = startRuns();
    let held = 0;
    for (let time = 0; time < 30; time += 1) {
      held += refuse(2).length;
      renew(1);
    }
    expect(held).toBe(60 - 19);
  });

  it('are believed where twenty take more than an hour', () => {
    const { refuse, advance } = startRuns();
    for (let time = 0; time < 100; time += 1) {
      expect(refuse(1)).toEqual([]);
      advance(4 * MINUTE);
    }
  });

  it('are held for an hour from the twentieth on, and believed then', () => {
    const { refuse, advance } = startRuns();
    refuse(19);
    advance(50 * MINUTE);
    expect(refuse(1)).toEqual([1]);
    advance(HOUR - 1);
    expect(refuse(1)).toEqual([1]);
    advance(1);
    expect(refuse(50)).toEqual([]);
  });

  it('are believed again once as many were renewed as can have been refused in between', () => {
    const { refuse, renew } = startRuns();
    refuse(500);
    renew(20);
    expect(refuse(1)).toEqual([1]);
    renew(2);
    expect(refuse(19)).toEqual([]);
  });

  it('are held anew a day after they were believed', () => {
    const { refuse, advance } = startRuns();
    refuse(20);
    advance(24 * HOUR);
    expect(refuse(20)).toEqual([20]);
  });

  it('say nothing of another app', () => {
    const { refuse, refuseElsewhere } = startRuns();
    refuse(30);
    expect(refuseElsewhere()).toBe(false);
  });
});
