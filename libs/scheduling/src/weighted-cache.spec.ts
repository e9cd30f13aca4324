import { expect, it } from 'vitest';
import { Clock } from './clock.js';
import { WeightedCache } from './weighted-cache.js';

class HandClock extends Clock {
  milliseconds = 0;
  now(): Date {
    return new Date(this.milliseconds);
  }
}

/** Counts its loads by key. */
function loaderOf(weights: Record<string, number>) {
  const loads: string[] = [];
  const load = (key: string) => () => {
    loads.push(key);
    return Promise.resolve({ value: key, weight: weights[key] ?? 1 });
  };
  return { loads, load };
}

it('a value is loaded once, also for those who ask while it is', async () => {
  const { loads, load } = loaderOf({});
  const cache = new WeightedCache<string>({ maxWeight: 10 });
  expect(await Promise.all([cache.get('a', load('a')), cache.get('a', load('a'))])).toEqual(['a', 'a']);
  await cache.get('a', load('a'));
  expect(loads).toEqual(['a']);
});

it('the least recently used leaves when the weights are too much together', async () => {
  const { loads, load } = loaderOf({ a: 4, b: 4, c: 4 });
  const cache = new WeightedCache<string>({ maxWeight: 10 });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, load(key));
  expect(loads).toEqual(['a', 'b', 'c', 'b']);
});

it('one that is heavier than all the room is answered, and not kept', async () => {
  const { loads, load } = loaderOf({ a: 11 });
  const cache = new WeightedCache<string>({ maxWeight: 10 });
  expect(await cache.get('a', load('a'))).toBe('a');
  await cache.get('a', load('a'));
  expect(loads).toEqual(['a', 'a']);
});

it('there are never more than so many', async () => {
  const { loads, load } = loaderOf({});
  const cache = new WeightedCache<string>({ maxWeight: 1000, maxEntries: 2 });
  for (const key of ['a', 'b', 'c', 'a']) await cache.get(key, load(key));
  expect(loads).toEqual(['a', 'b', 'c', 'a']);
});

it('a value is believed no longer than for its time', async () => {
  const clock = new HandClock();
  const { loads, load } = loaderOf({});
  const cache = new WeightedCache<string>({ maxWeight: 10, believed: { seconds: 30, clock } });
  for (const milliseconds of [0, 29_999, 30_000]) {
    clock.milliseconds = milliseconds;
    await cache.get('a', load('a'));
  }
  expect(loads).toEqual(['a', 'a']);
});

it('a failure and a null are forgotten', async () => {
  const cache = new WeightedCache<string | null>({ maxWeight: 10 });
  await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await cache.get('a', () => Promise.resolve({ value: null, weight: 1 }))).toBeNull();
  expect(await cache.get('a', () => Promise.resolve({ value: 'there', weight: 1 }))).toBe('there');
});
