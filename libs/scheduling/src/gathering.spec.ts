import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gathering } from './index.js';

/** Batches wait until they are let go, in their order. */
function gated(most = 100) {
  const batches: { key: string; items: number[] }[] = [];
  const gates: (() => void)[] = [];
  const gathering = new Gathering<string, number, number>(async (key, items) => {
    batches.push({ key, items });
    await new Promise<void>((resolve) => gates.push(resolve));
    if (items.includes(13)) throw new Error('unlucky');
    return items.map((item) => item * 2);
  }, most);
  const letGo = async () => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates.shift()?.();
  };
  return { batches, gathering, letGo };
}

describe('a gathering', () => {
  it('does in one batch what comes at once, in the next what comes meanwhile, and gives each its own result', async () => {
    const { batches, gathering, letGo } = gated();
    const first = [1, 2].map((item) => gathering.add('a', item));
    await letGo();
    const second = [3, 4].map((item) => gathering.add('a', item));
    expect(await Promise.all(first)).toEqual([2, 4]);
    await letGo();
    expect(await Promise.all(second)).toEqual([6, 8]);
    expect(batches.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('mixes no keys, and lets none wait for another', async () => {
    const { batches, gathering, letGo } = gated();
    void gathering.add('slow', 1);
    const other = gathering.add('other', 2);
    while (batches.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([
      { key: 'slow', items: [1] },
      { key: 'other', items: [2] },
    ]);
    await letGo();
    await letGo();
    expect(await other).toBe(4);
  });

  it('takes no more into a batch than its most, and leaves nobody out', async () => {
    const { batches, gathering, letGo } = gated(2);
    const all = Promise.all([1, 2, 3, 4, 5].map((item) => gathering.add('a', item)));
    for (let batch = 0; batch < 3; batch += 1) await letGo();
    expect(await all).toEqual([2, 4, 6, 8, 10]);
    expect(batches.map(({ items }) => items.length)).toEqual([2, 2, 1]);
  });

  it('tells all of a batch that it failed, and goes on with the next', async () => {
    const { gathering, letGo } = gated(2);
    const unlucky = [1, 13].map((item) => expect(gathering.add('a', item)).rejects.toThrow('unlucky'));
    const next = gathering.add('a', 3);
    await letGo();
    await letGo();
    await Promise.all(unlucky);
    expect(await next).toBe(6);
    const later = gathering.add('a', 4);
    await letGo();
    expect(await later).toBe(8);
  });

  it('leaves nobody without an answer when a batch brings too few or too many, or fails before it has begun', async () => {
    const answers = [[2], [2, 4, 6], null];
    const gathering = new Gathering<string, number, number>(() => {
      const results = answers.shift();
      if (!results) throw new Error('not begun');
      return Promise.resolve(results);
    }, 2);
    for (const message of ['another number', 'another number', 'not begun']) {
      const both = await Promise.allSettled([gathering.add('a', 1), gathering.add('a', 2)]);
      for (const outcome of both)
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { message: expect.stringContaining(message) as string },
        });
    }
  });

  it('keeps one key waiting for none that fails or hangs', async () => {
    const gathering = new Gathering<string, number, number>((key, items) => {
      if (key === 'hanging') return new Promise<never>(() => undefined);
      return key === 'failing' ? Promise.reject(new Error(key)) : Promise.resolve(items);
    }, 2);
    void gathering.add('hanging', 1);
    await expect(gathering.add('failing', 2)).rejects.toThrow('failing');
    expect(await gathering.add('other', 3)).toBe(3);
  });

  it('takes along who comes at the very end of a batch', async () => {
    const batches: number[][] = [];
    const gathering = new Gathering<string, number, number>((_, items) => {
      batches.push(items);
      return Promise.resolve(items);
    }, 8);
    const last = gathering.add('a', 1).then((result) => gathering.add('a', result + 1));
    expect(await last.then((result) => gathering.add('a', result + 1))).toBe(3);
    expect(batches).toEqual([[1], [2], [3]]);
  });
});

describe('a gathering that waits', () => {
  const WAIT = 15;
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  function waiting() {
    const batches: number[][] = [];
    const work = (_: string, items: number[]) => {
      batches.push(items);
      return Promise.resolve(items);
    };
    return { batches, gathering: new Gathering<string, number, number>(work, 3, WAIT) };
  }

  it('does at once what comes alone, and next, in one batch, what comes within that time', async () => {
    const { batches, gathering } = waiting();
    expect(await gathering.add('a', 1)).toBe(1);
    const others = [gathering.add('a', 2)];
    await vi.advanceTimersByTimeAsync(WAIT - 1);
    others.push(gathering.add('a', 3));
    await turn();
    expect(batches).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all(others)).toEqual([2, 3]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('does a batch that is full at once', async () => {
    const { batches, gathering } = waiting();
    await gathering.add('a', 1);
    const full = [2, 3, 4, 5].map((item) => gathering.add('a', item));
    expect(await Promise.all(full.slice(0, 3))).toEqual([2, 3, 4]);
    await turn();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await vi.advanceTimersByTimeAsync(WAIT);
    expect(await full[3]).toBe(5);
  });

  it('forgets a key that nobody came for within that time', async () => {
    const { gathering } = waiting();
    await gathering.add('a', 1);
    await vi.advanceTimersByTimeAsync(WAIT);
    expect(vi.getTimerCount()).toBe(0);
    expect(await gathering.add('a', 2)).toBe(2);
  });
});
