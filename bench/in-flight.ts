import type { Runner } from './measure.js';

/** Keeps `width` calls under way. Each gets its number, counted on from run to run. */
export function inFlight(width: number, call: (turn: number) => Promise<unknown>): Runner {
  let turn = 0;
  return async (seconds) => {
    let done = 0;
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    let end = begin + seconds * 1000;
    const lane = async () => {
      while (performance.now() < end) {
        await call(turn++);
        done += 1;
      }
    };
    try {
      await Promise.all(Array.from({ length: width }, lane));
    } finally {
      // One failure ends the other lanes too.
      end = 0;
    }
    const elapsedSeconds = (performance.now() - begin) / 1000;
    // Of all threads: signatures are checked in the pool.
    const cpu = process.cpuUsage(cpuBefore);
    return { perSecond: done / elapsedSeconds, cpuMicroseconds: (cpu.user + cpu.system) / done };
  };
}
