import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { asTenantId } from '#libs/database';
import { minuteAfter, minuteOf } from './minute.js';
import { type Counted, WindowCounters } from './window-counters.js';

const tenantId = asTenantId('00000000-0000-7000-8000-00000000000a');
const minute = minuteOf(new Date('2026-03-01T12:00:30.500Z'));
const later = minuteAfter(minute);
const away = () => Promise.reject(new Error('away'));

/** Keeps totals as the table does, and refuses what the statement would. */
class Totals {
  readonly #counts = new Map<string, number>();

  add = (own: Counted[]): Promise<Counted[]> => {
    const keys = own.map(({ name, windowStart }) => `${name} ${windowStart.toISOString()}`);
    if (new Set(keys).size < keys.length) return Promise.reject(new Error('A row can not be affected a second time.'));
    const totals = own.map((one, index) => {
      const count = (this.#counts.get(keys[index] ?? '') ?? 0) + one.count;
      this.#counts.set(keys[index] ?? '', count);
      return { ...one, count };
    });
    return Promise.resolve(totals);
  };

  of(name: string, windowStart = minute): number {
    return this.#counts.get(`${name} ${windowStart.toISOString()}`) ?? 0;
  }
}

let totals: Totals;
let mine: WindowCounters;
let theirs: WindowCounters;

beforeEach(() => {
  [totals, mine, theirs] = [new Totals(), new WindowCounters(100), new WindowCounters(100)];
});

describe('a window', () => {
  it.each([
    ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:59.999Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:01:00.000Z', '2026-03-01T12:01:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:00.000Z'],
  ])('that holds %s begins at %s and ends a minute later', (moment, start) => {
    const begin = minuteOf(new Date(moment));
    expect(begin).toEqual(new Date(start));
    expect(minuteAfter(begin).getTime() - begin.getTime()).toBe(60_000);
    expect(minuteOf(minuteAfter(begin))).toEqual(minuteAfter(begin));
  });

  it('starts at nothing, whatever the one before it had', async () => {
    mine.add(tenantId, 'a', minute, 5);
    expect(mine.believed(tenantId, 'a', later)).toBe(0);
    mine.add(tenantId, 'a', later, 2);
    expect(mine.believed(tenantId, 'a', later)).toBe(2);
    await mine.exchange(later, totals.add);
    expect([totals.of('a', minute), totals.of('a', later)]).toEqual([0, 2]);
  });

  it('that has ended takes nothing back from the next', () => {
    const takeBack = mine.add(tenantId, 'a', minute, 5);
    mine.add(tenantId, 'a', later, 2);
    takeBack();
    expect(mine.believed(tenantId, 'a', later)).toBe(2);
  });
});

describe('counting', () => {
  it('keeps names, and one name of two tenants, apart', () => {
    mine.add(tenantId, 'a', minute, 1);
    mine.add(tenantId, 'b', minute, 2);
    expect(mine.believed(tenantId, 'a', minute)).toBe(1);
    expect(mine.believed(asTenantId('00000000-0000-7000-8000-00000000000b'), 'a', minute)).toBe(0);
  });

  it('takes back once what was counted, also after it was shared', async () => {
    const takeBack = mine.add(tenantId, 'a', minute, 3);
    mine.add(tenantId, 'a', minute, 1);
    await mine.exchange(minute, totals.add);
    takeBack();
    takeBack();
    expect(mine.believed(tenantId, 'a', minute)).toBe(1);
    await mine.exchange(minute, totals.add);
    expect(totals.of('a')).toBe(1);
  });

  it('asks nobody when there is nothing new', async () => {
    mine.add(tenantId, 'a', minute, 3)();
    await mine.exchange(minute, away);
    mine.add(tenantId, 'a', minute, 1);
    await mine.exchange(minute, totals.add);
    await mine.exchange(minute, away);
  });

  it('goes on during an exchange, and after one that failed', async () => {
    mine.add(tenantId, 'a', minute, 1);
    await mine.exchange(minute, (own) => {
      mine.add(tenantId, 'a', minute, 10);
      expect(mine.believed(tenantId, 'a', minute)).toBe(11);
      return totals.add(own);
    });
    await expect(mine.exchange(minute, away)).rejects.toThrow('away');
    expect(mine.believed(tenantId, 'a', minute)).toBe(11);
    await mine.exchange(minute, totals.add);
    expect(totals.of('a')).toBe(11);
  });
});

describe('more names than there is room for', () => {
  it('push out the oldest, which comes back with its total at the next exchange', async () => {
    const small = new WindowCounters(2);
    small.add(tenantId, 'a', minute, 5);
    await small.exchange(minute, totals.add);
    for (const name of ['b', 'c']) small.add(tenantId, name, minute, 1);
    expect(small.believed(tenantId, 'a', minute)).toBe(0);
    small.add(tenantId, 'a', minute, 1);
    await small.exchange(minute, totals.add);
    expect(small.believed(tenantId, 'a', minute)).toBe(6);
  });

  it('never make one statement name a row twice', async () => {
    const small = new WindowCounters(1);
    small.add(tenantId, 'a', minute, 1);
    await expect(
      small.exchange(minute, () => {
        for (const name of ['b', 'a']) small.add(tenantId, name, minute, 1);
        return away();
      }),
    ).rejects.toThrow('away');
    await small.exchange(minute, totals.add);
    expect(totals.of('a')).toBe(1);
  });

  it('take nothing back from the one that came after', async () => {
    const small = new WindowCounters(1);
    const takeBack = small.add(tenantId, 'a', minute, 1);
    await small.exchange(minute, totals.add);
    for (const name of ['b', 'a']) small.add(tenantId, name, minute, 1);
    takeBack();
    await small.exchange(minute, totals.add);
    expect(totals.of('a')).toBe(2);
  });
});

type Step =
  | { kind: 'count'; by: 0 | 1; cost: number; takeBack: boolean }
  | { kind: 'exchange'; by: 0 | 1; outcome: 'answered' | 'refused' | 'lost'; meanwhile: number };

const by = fc.constantFrom<0 | 1>(0, 1);
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('count' as const),
      by,
      cost: fc.integer({ min: 1, max: 20 }),
      takeBack: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('exchange' as const),
      by,
      outcome: fc.constantFrom('answered' as const, 'refused' as const, 'lost' as const),
      meanwhile: fc.integer({ min: 0, max: 5 }),
    }),
  ),
  { maxLength: 60 },
);

/** @returns what each process counted itself */
async function play(
  processes: readonly [WindowCounters, WindowCounters],
  list: readonly Step[],
): Promise<[number, number]> {
  const own: [number, number] = [0, 0];
  const count = (process: 0 | 1, cost: number) => {
    own[process] += cost;
    return processes[process].add(tenantId, 'a', minute, cost);
  };
  for (const step of list) {
    if (step.kind === 'count') {
      const takeBack = count(step.by, step.cost);
      if (step.takeBack) takeBack();
      if (step.takeBack) own[step.by] -= step.cost;
    } else {
      await processes[step.by]
        .exchange(minute, async (sent) => {
          if (step.meanwhile > 0) count(step.by, step.meanwhile);
          if (step.outcome === 'refused') return away();
          const answer = await totals.add(sent);
          return step.outcome === 'lost' ? away() : answer;
        })
        .catch(() => undefined);
    }
    for (const process of [0, 1] as const)
      expect(processes[process].believed(tenantId, 'a', minute)).toBeGreaterThanOrEqual(own[process]);
  }
  return own;
}

function playAnew(list: Step[]): Promise<[number, number]> {
  [totals, mine, theirs] = [new Totals(), new WindowCounters(100), new WindowCounters(100)];
  return play([mine, theirs], list);
}

describe('two processes, whatever they do', () => {
  it('never believe less than they counted themselves, nor share less than both did', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const [one, other] = await playAnew(list);
        for (const process of [mine, theirs]) await process.exchange(minute, totals.add);
        expect(totals.of('a')).toBeGreaterThanOrEqual(one + other);
      }),
    );
  });

  it('share exactly what both counted, when no answer is lost on its way', async () => {
    const heard = steps.map((list) => list.filter((step) => step.kind === 'count' || step.outcome !== 'lost'));
    await fc.assert(
      fc.asyncProperty(heard, async (list) => {
        const [one, other] = await playAnew(list);
        for (const process of [mine, theirs]) await process.exchange(minute, totals.add);
        expect(totals.of('a')).toBe(one + other);
      }),
    );
  });
});
