import { setTimeout as delay } from 'node:timers/promises';
import { missed } from '../refresh/experiment.js';
import type { Member } from '../refresh/member.js';
import { until } from '../refresh/until.js';

const EVERY_MILLISECONDS = 5000;
const MEBIBYTE = 1024 * 1024;
/** security.md L1. */
const RSS_SLOPE = 1;
const LAG_MILLISECONDS = 50;

interface Sample {
  at: number;
  rss: number;
  heap: number;
  /** Seconds of a processor, since it started. */
  used: number;
}

export interface Figures {
  name: string;
  /** MiB: the least and the most. */
  rss: [number, number];
  /** MiB a minute. */
  rssSlope: number;
  heapSlope: number;
  /** Of a processor, 1 being all of one. */
  used: number;
  /** MiB of heap that full collections left, in their order. */
  held: number[];
  /** Of the event loop over all the time, 99th percentile in milliseconds. */
  lag: number;
  samples: number;
}

/** What a process says of itself, every five seconds, from when it is warm. */
export class MemoryWatch {
  #samples: Sample[] = [];
  #collections = 0;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    private readonly name: string,
    private readonly member: Member,
  ) {
    this.#done = this.#watch();
  }

  /** Caches are full, and code is compiled: what was before does not count. */
  async isWarm(): Promise<void> {
    await this.#lag();
    this.#samples = [];
    this.#collections = this.#held().length;
  }

  async end(): Promise<Figures> {
    this.#end.abort();
    await this.#done;
    const sizes = this.#samples.map(({ rss }) => rss);
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return {
      name: this.name,
      rss: [Math.min(...sizes), Math.max(...sizes)],
      rssSlope: slope(this.#samples.map(({ at, rss }) => [at, rss])),
      heapSlope: slope(this.#samples.map(({ at, heap }) => [at, heap])),
      used: first && last ? ((last.used - first.used) / (last.at - first.at)) * 1000 : 0,
      held: this.#held().slice(this.#collections),
      lag: await this.#lag(),
      samples: this.#samples.length,
    };
  }

  /** Since it was last asked, by what process-preload.mjs says then. */
  async #lag(): Promise<number> {
    const said = () => this.#said(/^EVENT LOOP p99 ([\d.]+) ms/);
    const before = said().length;
    this.member.signal('SIGUSR2');
    await until('the event loop is told of', () => said().length > before, 10);
    return Number(said().at(-1));
  }

  #held(): number[] {
    return this.#said(/^FULL COLLECTION leaves ([\d.]+) MiB/).map(Number);
  }

  #said(what: RegExp): string[] {
    return this.member.logs().flatMap((line) => what.exec(line)?.[1] ?? []);
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
    used: value('process_cpu_seconds_total'),
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

export function missedFlat({ name, rssSlope, lag }: Figures): string[] {
  return [
    ...missed(rssSlope < RSS_SLOPE, `the ${name} grew by ${rssSlope.toFixed(2)} MiB a minute`),
    ...missed(lag < LAG_MILLISECONDS, `the event loop of the ${name} was late by ${lag.toFixed(0)} ms`),
  ];
}

export function described({
  name,
  rss: [least, most],
  rssSlope,
  heapSlope,
  used,
  held,
  lag,
  samples,
}: Figures): string {
  const sizes = `${least.toFixed(0)} to ${most.toFixed(0)} MiB`;
  const slopes = `${rssSlope.toFixed(2)} MiB a minute, its heap ${heapSlope.toFixed(2)}`;
  const left =
    held.length === 0 ? 'none' : `${held.length}, that left ${held.map((size) => size.toFixed(0)).join(', ')}`;
  return `${name}: ${sizes} after the warm-up, ${slopes}; full collections: ${left}; event loop p99 ${lag.toFixed(0)} ms; ${(used * 100).toFixed(0)} % of a processor; ${samples} samples`;
}
