import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import { KeyCache } from './key-cache.js';

let clock: FakeClock;
let cache: KeyCache;
/** Every key that was loaded, by its name: the very buffers that the cache holds. */
let loaded: Map<string, Buffer>;
let loads: number;

beforeEach(() => {
  clock = new FakeClock();
  cache = new KeyCache({ clock, seconds: 300, entries: 3 });
  loaded = new Map();
  loads = 0;
});

const load = (name: string) => () => {
  loads += 1;
  const key = Buffer.alloc(32, 7);
  loaded.set(name, key);
  return Promise.resolve(key);
};
const use = (name: string, owner = 'acme') => cache.use(owner, name, load(name), (key) => key.toString('hex'));
const isZeroed = (name: string) => loaded.get(name)?.every((byte) => byte === 0);

const failing = () => Promise.reject(new Error('away'));

describe('a key in memory', () => {
  it('is loaded once for 100 that ask at the same moment', async () => {
    const used = await Promise.all(Array.from({ length: 100 }, () => use('k')));
    expect(new Set(used)).toEqual(new Set(['07'.repeat(32)]));
    expect(loads).toBe(1);
  });

  it('is used until its time is over, however often it is used, and then loaded again', async () => {
    await use('k');
    clock.advance(299);
    await use('k');
    expect(loads).toBe(1);
    clock.advance(1);
    await use('k');
    expect(loads).toBe(2);
  });

  it('is overwritten with zeros when its time is over, also when nobody asks for it', async () => {
    await use('k');
    clock.advance(299);
    cache.evict();
    expect(isZeroed('k')).toBe(false);
    clock.advance(1);
    cache.evict();
    expect(isZeroed('k')).toBe(true);
    expect(cache.size).toBe(0);
  });

  it('is overwritten when it gives way to another one', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await use(name);
    expect(cache.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map(isZeroed)).toEqual([true, false, false, false]);
  });

  it('is overwritten when its owner is forgotten, and no other', async () => {
    await use('mine', 'acme');
    await use('theirs', 'other');
    cache.forget('acme');
    expect([isZeroed('mine'), isZeroed('theirs')]).toEqual([true, false]);
  });

  it('is never seen as zeros by whoever uses it, with more of them in use than there is room for', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const used = await Promise.all([...names, ...names].map((name) => use(name)));
    expect(new Set(used)).toEqual(new Set(['07'.repeat(32)]));
  });

  it('that could not be loaded is asked for again by the next one', async () => {
    await expect(cache.use('acme', 'k', failing, () => 'used')).rejects.toThrow('away');
    expect(await use('k')).toBe('07'.repeat(32));
  });
});
