import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Inspector } from './inspector.js';

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile: the content of a .cpuprofile file. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

export interface FunctionTime {
  /** Of the time that the thread was not idle. */
  percent: number;
  milliseconds: number;
  place: string;
}

const INTERVAL_MICROSECONDS = 200;

/** Samples the main thread while `work` runs: what happens in the thread pool, such as signatures, shows as idle. */
export async function profileOf(inspector: Inspector, work: () => Promise<unknown>): Promise<CpuProfile> {
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
  await inspector.post('Profiler.start');
  await work();
  const { profile } = (await inspector.post('Profiler.stop')) as { profile: CpuProfile };
  return profile;
}

/** Where the time went, leaving out what a function called, most first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, checkout: string): FunctionTime[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame, checkout)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? '';
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([place, time]) => ({ place, milliseconds: time / 1000, percent: (100 * time) / total }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

function placeOf(frame: CpuProfile['nodes'][number]['callFrame'], checkout: string): string {
  const { functionName, url, lineNumber } = frame;
  if (url === '') return functionName;
  const file = url.startsWith('file:') ? relative(checkout, fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}  ${file}:${lineNumber + 1}`;
}
