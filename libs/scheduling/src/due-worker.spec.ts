import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DueWorker } from './index.js';

/** A quarter of them, two, are worth a claim. */
const PLACES = 8;
const GATHERED_MILLISECONDS = 10;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Enough for whatever does not wait for a timer or for somebody. */
async function settled(): Promise<void> {
  for (let time = 0; time < 10; time += 1) await turn();
}

/** A worker over rows that are due, each of which is handled until it is let go. */
function startWorker(due: number, hasMore?: () => boolean | null) {
  const rows = Array.from({ length: due }, (_, index) => index);
  const limits: number[] = [];
  const underWay: (() => void)[] = [];
  const releases: (() => void)[] = [];
  const handled: number[] = [];
  const gates: (() => void)[] = [];
  const state = { isGated: false };
  const worker = new DueWorker<number>({
    concurrency: PLACES,
    claim: async (limit) => {
      limits.push(limit);
      if (state.isGated) await new Promise<void>((resolve) => gates.push(resolve));
      return rows.splice(0, limit);
    },
    handle: async (row, release) => {
      releases.push(release);
      await new Promise<void>((resolve) => underWay.push(resolve));
      handled.push(row);
    },
    onError: (error) => {
      throw error;
    },
    ...(hasMore && { hasMore }),
  });
  const end = async (count: number) => {
    for (const finish of underWay.splice(0, count)) finish();
    await settled();
  };
  const letClaim = async () => {
    gates.shift()?.();
    await settled();
  };
  worker.wake();
  const release = async (count: number) => {
    for (const give of releases.splice(0, count)) give();
    await settled();
  };
  return { rows, worker, limits, handled, underWay, state, end, release, letClaim };
}

describe('places that become free', () => {
  it('are filled by one claim when they are a quarter of all, and not by one for each', async () => {
    const { limits, end } = startWorker(100);
    await settled();
    await end(1);
    expect(limits).toEqual([8]);
    await end(1);
    expect(limits).toEqual([8, 2]);
  });

  it('are filled all the same, when no more become free, after a moment', async () => {
    const { limits, end } = startWorker(100);
    await settled();
    await end(1);
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS - 1);
    expect(limits).toEqual([8]);
    await vi.advanceTimersByTimeAsync(1);
    expect(limits).toEqual([8, 1]);
  });

  it('during a claim wait for others too', async () => {
    const { limits, state, end, letClaim } = startWorker(100);
    await settled();
    state.isGated = true;
    await end(2);
    await end(1);
    await letClaim();
    expect(limits).toEqual([8, 2]);
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    expect(limits).toEqual([8, 2, 1]);
  });

  it('during a claim that found all that it was asked for are filled, also when no more were known of before', async () => {
    const { rows, worker, limits, state, end, letClaim } = startWorker(2, () => false);
    await settled();
    state.isGated = true;
    rows.push(2, 3, 4, 5, 6, 7, 8, 9);
    worker.wake();
    await end(2);
    expect(limits).toEqual([8, 6]);
    await letClaim();
    expect(limits).toEqual([8, 6, 2]);
  });

  it('are left when it is known that nothing is due, until the next wake', async () => {
    const { rows, worker, limits, end } = startWorker(3, () => false);
    await settled();
    rows.push(3);
    await end(3);
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    expect(limits).toEqual([8]);
    worker.wake();
    await settled();
    expect(limits).toEqual([8, 8]);
  });

  it('are left at the end, with the timer that would have filled them', async () => {
    const { worker, limits, end } = startWorker(100);
    await settled();
    await end(1);
    const stopped = worker.stop();
    await end(7);
    await stopped;
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    expect(limits).toEqual([8]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('places that are given away before the work of their rows has ended', () => {
  it('are filled by others, and are not free once more when it ends', async () => {
    const { limits, end, release } = startWorker(100);
    await settled();
    await release(2);
    expect(limits).toEqual([8, 2]);
    await end(2);
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    expect(limits).toEqual([8, 2]);
    await end(2);
    expect(limits).toEqual([8, 2, 2]);
  });

  it('are filled no longer while as many rows as there are places have only to end', async () => {
    const { handled, underWay, end, release } = startWorker(100);
    await settled();
    for (let time = 0; time < 10; time += 1) {
      await release(8);
      await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    }
    expect(underWay).toHaveLength(2 * PLACES);
    await end(4);
    await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    expect(handled).toEqual([0, 1, 2, 3]);
    expect(underWay).toHaveLength(2 * PLACES);
  });

  it('are waited for at the end all the same', async () => {
    const { worker, end, release } = startWorker(1);
    await settled();
    await release(1);
    let isStopped = false;
    const stopped = worker.stop().then(() => (isStopped = true));
    await settled();
    expect(isStopped).toBe(false);
    await end(1);
    await stopped;
  });
});

describe('rows that are due', () => {
  it('are all handled, each once, without another wake, whatever number of places is free at a time', async () => {
    const { handled, underWay, end } = startWorker(200);
    for (let step = 0; handled.length < 200; step += 1) {
      await settled();
      expect(underWay.length).toBeLessThanOrEqual(PLACES);
      await end(1 + (step % 3));
      await vi.advanceTimersByTimeAsync(GATHERED_MILLISECONDS);
    }
    expect(handled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });
});
