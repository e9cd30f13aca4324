import { beforeEach, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { BriefCache } from './index.js';

let clock: FakeClock;
let loads: string[];
let answer: (key: string) => Promise<string>;
let cache: BriefCache<string>;

beforeEach(() => {
  clock = new FakeClock();
  loads = [];
  answer = (key) => Promise.resolve(`${key} ${loads.length}`);
  const load = (key: string) => {
    loads.push(key);
    return answer(key);
  };
  cache = new BriefCache({ load, seconds: 1, entries: 2, clock });
});

it('believes a value for its time, and then loads it again', async () => {
  expect(await cache.get('a')).toBe('a 1');
  clock.advance(0.999);
  expect(await cache.get('a')).toBe('a 1');
  clock.advance(0.001);
  expect(await cache.get('a')).toBe('a 2');
});

it('loads once for all who ask at the same time', async () => {
  expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')])).toEqual(['a 1', 'a 1', 'a 1']);
});

it('counts the time from before the load: what it read may have changed while it ran', async () => {
  answer = (key) => {
    clock.advance(0.6);
    return Promise.resolve(`${key} ${loads.length}`);
  };
  await cache.get('a');
  clock.advance(0.4);
  expect(await cache.get('a')).toBe('a 2');
});

it('remembers no failure', async () => {
  answer = () => Promise.reject(new Error('away'));
  await expect(cache.get('a')).rejects.toThrow('away');
  answer = () => Promise.resolve('back');
  expect(await cache.get('a')).toBe('back');
});

it('loads a forgotten value again', async () => {
  await cache.get('a');
  cache.forget('a');
  expect(await cache.get('a')).toBe('a 2');
});

it('keeps no more than its number of values: the oldest goes', async () => {
  for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await cache.get(key);
  expect(loads).toEqual(['a', 'b', 'c', 'a']);
});
