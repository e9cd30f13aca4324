import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Run, Runner } from './measure.js';
import { cpuMicroseconds } from './processor-time.js';

type Call = () => Promise<unknown>;

/** `width` at once, each timed. @param pid of the process whose processor time is told */
export function timedLanes(width: number, pid: number | null, call: Call): Runner {
  return (seconds) =>
    timed(
      pid,
      async (once) => {
        const end = performance.now() + seconds * 1000;
        const lane = async () => {
          while (performance.now() < end) await once();
        };
        await Promise.all(Array.from({ length: width }, lane));
      },
      call,
    );
}

/** So many a second, whether or not those before have ended: a client that waits for nobody. */
export function timedPace(perSecond: number, call: Call): Runner {
  return (seconds) =>
    timed(
      null,
      async (once) => {
        const all: Promise<void>[] = [];
        const begin = performance.now();
        for (let turn = 0; turn < seconds * perSecond; turn += 1) {
          const wait = begin + (turn / perSecond) * 1000 - performance.now();
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
          const one = once();
          one.catch(() => undefined);
          all.push(one);
        }
        await Promise.all(all);
      },
      call,
    );
}

async function timed(pid: number | null, work: (once: () => Promise<void>) => Promise<void>, call: Call): Promise<Run> {
  const microseconds: RecordableHistogram = createHistogram();
  let done = 0;
  const once = async () => {
    const began = performance.now();
    await call();
    microseconds.record(Math.max(1, Math.round((performance.now() - began) * 1000)));
    done += 1;
  };
  const cpuBefore = pid === null ? undefined : await cpuMicroseconds(pid);
  const begin = performance.now();
  await work(once);
  const elapsedSeconds = (performance.now() - begin) / 1000;
  const cpuAfter = pid === null ? undefined : await cpuMicroseconds(pid);
  return {
    perSecond: done / elapsedSeconds,
    p99Milliseconds: microseconds.percentile(99) / 1000,
    figures: { 'p50 ms': microseconds.percentile(50) / 1000 },
    ...(cpuBefore !== undefined && cpuAfter !== undefined && { cpuMicroseconds: (cpuAfter - cpuBefore) / done }),
  };
}
