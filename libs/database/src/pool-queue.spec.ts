import { EventEmitter, once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { PoolQueue } from './pool-queue.js';

it('tells how long the first of those who wait has waited, whatever becomes of the others', async () => {
  vi.useFakeTimers();
  const queue = new PoolQueue();
  expect(queue.longestMilliseconds).toBe(0);
  const pool = new EventEmitter();
  const waits = [];
  for (const name of ['first', 'second', 'third']) {
    waits.push(queue.wait(() => once(pool, name)));
    vi.advanceTimersByTime(100);
  }
  const [first, second, third] = waits;
  expect(queue.longestMilliseconds).toBe(300);
  pool.emit('second', 'a connection');
  expect(await second).toEqual(['a connection']);
  expect(queue.longestMilliseconds).toBe(300);
  pool.emit('error', new Error('there is none'));
  await expect(first).rejects.toThrow('there is none');
  await expect(third).rejects.toThrow('there is none');
  expect(queue.longestMilliseconds).toBe(0);
  vi.useRealTimers();
});
