import { describe, expect, it } from 'vitest';
import { DueWorker, backoffSeconds } from './index.js';

describe('backoff', () => {
  it('doubles up to its maximum and spreads over the upper half', () => {
    const limits = { first: 30, max: 3600 };
    expect(backoffSeconds(1, limits, () => 1)).toBe(30);
    expect(backoffSeconds(3, limits, () => 0)).toBe(60);
    expect(backoffSeconds(50, limits, () => 1)).toBe(3600);
  });
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('due worker', () => {
  it('handles every row, never more at once than its concurrency', async () => {
    const due = Array.from({ length: 25 }, (_, index) => index);
    const handled: number[] = [];
    let active = 0;
    let most = 0;
    const worker = new DueWorker<number>({
      concurrency: 4,
      claim: (limit) => Promise.resolve(due.splice(0, limit)),
      handle: async (row) => {
        most = Math.max(most, (active += 1));
        await turn();
        active -= 1;
        handled.push(row);
      },
      onError: () => undefined,
    });
    worker.wake();
    while (handled.length < 25) await turn();
    expect(most).toBe(4);
    expect(handled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });

  it('lets a slow row hold up none of the others', async () => {
    const due = ['slow', 'a', 'b', 'c'];
    const handled: string[] = [];
    const gate: { open?: () => void } = {};
    const worker = new DueWorker<string>({
      concurrency: 2,
      claim: (limit) => Promise.resolve(due.splice(0, limit)),
      handle: async (row) => {
        if (row === 'slow') await new Promise<void>((resolve) => (gate.open = resolve));
        handled.push(row);
      },
      onError: () => undefined,
    });
    worker.wake();
    while (handled.length < 3) await turn();
    expect(handled).toEqual(['a', 'b', 'c']);
    gate.open?.();
    await worker.stop();
    expect(handled).toContain('slow');
  });

  it('goes on after a claim or a handler that failed', async () => {
    const errors: string[] = [];
    let claims = 0;
    const worker = new DueWorker<string>({
      concurrency: 1,
      claim: () => {
        claims += 1;
        return claims === 1 ? Promise.reject(new Error('database away')) : Promise.resolve(claims === 2 ? ['row'] : []);
      },
      handle: (row) => Promise.reject(new Error(row)),
      onError: (error) => errors.push((error as Error).message),
    });
    worker.wake();
    await turn();
    worker.wake();
    while (errors.length < 2) await turn();
    expect(errors).toEqual(['database away', 'row']);
  });

  it('waits at stop for what is in flight and claims nothing afterwards', async () => {
    let claims = 0;
    let finished = false;
    const worker = new DueWorker<number>({
      concurrency: 1,
      claim: () => Promise.resolve((claims += 1) === 1 ? [1] : []),
      handle: async () => {
        await turn();
        finished = true;
      },
      onError: () => undefined,
    });
    worker.wake();
    await turn();
    await worker.stop();
    const claimsAtStop = claims;
    worker.wake();
    await turn();
    expect([finished, claims]).toEqual([true, claimsAtStop]);
  });
});
