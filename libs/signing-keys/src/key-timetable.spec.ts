import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, type KeyPolicy } from './key-policy.js';
import { dueActivations, dueRetirements, nextDue, nextRotation } from './key-timetable.js';
import type { SigningKeyState } from './signing-key.entity.js';

const DAY = 86_400;
const NOON = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

interface TimedKey {
  kid: string;
  state: SigningKeyState;
  activatesAt: Date;
  retiresAt: Date | null;
}

const key = (kid: string, state: SigningKeyState, activates: number, retires: number | null = null): TimedKey => ({
  kid,
  state,
  activatesAt: at(activates),
  retiresAt: retires === null ? null : at(retires),
});
const kidsOf = (keys: TimedKey[]) => keys.map(({ kid }) => kid);
const policy = (changes: Partial<KeyPolicy> = {}): KeyPolicy => ({ ...defaultPolicy, ...changes });

describe('due activations', () => {
  it('are the pending keys whose time has come, on the second', () => {
    const keys = [key('before', 'pending', -1), key('now', 'pending', 0), key('after', 'pending', 1)];
    expect(kidsOf(dueActivations(keys, NOON))).toEqual(['before', 'now']);
  });

  it('come in order of their times, whatever the order in which they were made', () => {
    const keys = [key('third', 'pending', -1), key('first', 'pending', -3), key('second', 'pending', -2)];
    expect(kidsOf(dueActivations(keys, NOON))).toEqual(['first', 'second', 'third']);
  });

  it('are never keys that sign already, or will never again', () => {
    const keys = [key('a', 'active', -1), key('r', 'retiring', -1, 9), key('x', 'revoked', -1, -1)];
    expect(dueActivations(keys, NOON)).toEqual([]);
  });
});

describe('due retirements', () => {
  it('are the retiring keys whose overlap is over, on the second', () => {
    const keys = [key('before', 'retiring', -9, -1), key('now', 'retiring', -9, 0), key('after', 'retiring', -9, 1)];
    expect(kidsOf(dueRetirements(keys, NOON))).toEqual(['before', 'now']);
  });

  it('are no keys of another state', () => {
    const keys = [key('a', 'active', -9, -1), key('p', 'pending', -9, -1), key('x', 'revoked', -9, -1)];
    expect(dueRetirements(keys, NOON)).toEqual([]);
  });
});

describe('the next rotation', () => {
  const active = key('a', 'active', 0);

  it('is early enough that the new key takes over on the day', () => {
    const next = nextRotation([active], policy({ rotateEveryDays: 90, activateAfterSeconds: 3900 }));
    expect(next).toEqual(at(90 * DAY - 3900));
  });

  it('leaves every key a day, however long the lead is', () => {
    const next = nextRotation([active], policy({ rotateEveryDays: 1, activateAfterSeconds: 30 * DAY }));
    expect(next).toEqual(at(DAY));
  });

  it.each<[string, TimedKey[], Partial<KeyPolicy>]>([
    ['without a schedule', [active], { rotateEveryDays: null }],
    ['while a key is pending already', [active, key('p', 'pending', 5)], {}],
    ['before the first key', [], {}],
  ])('is never, %s', (_when, keys, changes) => {
    expect(nextRotation(keys, policy(changes))).toBeNull();
  });

  it('waits for room: a set that is full of overlapping keys gets no further one', () => {
    const retiring = (count: number) => Array.from({ length: count }, (_, n) => key(`r${n}`, 'retiring', -9, n));
    expect(nextRotation([active, ...retiring(18)], policy())).not.toBeNull();
    expect(nextRotation([active, ...retiring(19)], policy())).toBeNull();
    expect(nextRotation([active, ...retiring(18), key('x', 'revoked', -9, -9)], policy())).not.toBeNull();
  });
});

const seconds = fc.integer({ min: -200 * DAY, max: 200 * DAY });
const inactive = fc.record({
  kid: fc.uuid(),
  state: fc.constantFrom<SigningKeyState>('pending', 'retiring', 'revoked'),
  activatesAt: seconds.map(at),
  retiresAt: seconds.map(at),
});
/** As a tenant's rows can be: one active key at most, and only keys that are on their way out have an end. */
const someKeys = fc
  .tuple(fc.array(inactive, { maxLength: 25 }), fc.option(seconds, { nil: undefined }))
  .map(([others, activeSince]) => [
    ...others.map((one) => (one.state === 'pending' ? { ...one, retiresAt: null } : one)),
    ...(activeSince === undefined ? [] : [key('active', 'active', activeSince)]),
  ]);
const somePolicy = fc.record({
  alg: fc.constant('ES256' as const),
  rotateEveryDays: fc.option(fc.integer({ min: 1, max: 3650 })),
  activateAfterSeconds: fc.integer({ min: 0, max: 30 * DAY }),
  overlapSeconds: fc.integer({ min: 0, max: 366 * DAY }),
});

function isAnythingDue(keys: TimedKey[], rules: KeyPolicy, now: Date): boolean {
  const rotation = nextRotation(keys, rules);
  return (
    dueActivations(keys, now).length > 0 ||
    dueRetirements(keys, now).length > 0 ||
    (rotation !== null && rotation <= now)
  );
}

describe('the next due time', () => {
  it('is never later than anything that is due: whoever waits for it misses nothing', () => {
    const property = fc.property(someKeys, somePolicy, seconds.map(at), (keys, rules, now) => {
      if (!isAnythingDue(keys, rules, now)) return;
      const due = nextDue(keys, rules);
      expect(due).not.toBeNull();
      expect(due?.getTime()).toBeLessThanOrEqual(now.getTime());
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('finds something due on the millisecond and nothing before it: whoever wakes then has work', () => {
    const property = fc.property(someKeys, somePolicy, (keys, rules) => {
      const due = nextDue(keys, rules);
      if (due === null) {
        expect(isAnythingDue(keys, rules, at(4000 * DAY))).toBe(false);
        return;
      }
      expect(isAnythingDue(keys, rules, due)).toBe(true);
      expect(isAnythingDue(keys, rules, new Date(due.getTime() - 1))).toBe(false);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('is the earliest of an activation, the end of an overlap and a rotation', () => {
    const active = key('a', 'active', 0);
    const rules = policy({ rotateEveryDays: 90, activateAfterSeconds: 0 });
    expect(nextDue([active], rules)).toEqual(at(90 * DAY));
    expect(nextDue([active, key('r', 'retiring', -9, 70)], rules)).toEqual(at(70));
    expect(nextDue([active, key('p', 'pending', 60), key('r', 'retiring', -9, 70)], rules)).toEqual(at(60));
  });
});
