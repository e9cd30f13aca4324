import { setTimeout as delay } from 'node:timers/promises';
import type { Member } from '../refresh/member.js';

const EVERY_MILLISECONDS = 5000;
const MEBIBYTE = 1024 * 1024;

interface Sample {
  at: number;
  rss: number;
  heap: number;
  /** Of the event loop since the sample before, 99th percentile in milliseconds. */
  lag: number;
}

/** What a process says of itself, every five seconds. */
export class MemoryWatch {
  readonly #samples: Sample[] = [];
  readonly #end = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    readonly name: string,
    private readonly member: Member,
  ) {
    this.#done = this.#watch();
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  /** Of the samples since `since`. MiB, MiB a minute, milliseconds. */
  since(since: number): { rss: [number, number]; rssSlope: number; heapSlope: number; lag: number; samples: number } {
    const samples = this.#samples.filter(({ at }) => at >= since);
    const sizes = samples.map(({ rss }) => rss);
    return {
      rss: [Math.min(...sizes), Math.max(...sizes)],
      rssSlope: slope(samples.map(({ at, rss }) => [at, rss])),
      heapSlope: slope(samples.map(({ at, heap }) => [at, heap])),
      lag: median(samples.map(({ lag }) => lag)),
      samples: samples.length,
    };
  }

  async #watch(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const text = await fetch(`${this.member.url}/metrics`).then(
        (answer) => answer.text(),
        () => null,
      );
      if (text !== null) this.#samples.push(sampleOf(text));
      await delay(EVERY_MILLISECONDS, undefined, { signal: this.#end.signal }).catch(() => undefined);
    }
  }
}

function sampleOf(text: string): Sample {
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    at: Date.now(),
    rss: value('process_resident_memory_bytes') / MEBIBYTE,
    heap: value('nodejs_heap_size_used_bytes') / MEBIBYTE,
    lag: value('nodejs_eventloop_lag_p99_seconds') * 1000,
  };
}

/** Least squares, a minute being the unit of time. */
function slope(points: readonly (readonly [number, number])[]): number {
  const meanAt = mean(points.map(([at]) => at));
  const meanSize = mean(points.map(([, size]) => size));
  const covariance = mean(points.map(([at, size]) => (at - meanAt) * (size - meanSize)));
  const variance = mean(points.map(([at]) => (at - meanAt) ** 2));
  return (covariance / variance) * 60_000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
