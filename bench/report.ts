import { arch, cpus, platform, release, totalmem } from 'node:os';
import { type Comparison, type Run, spread } from './measure.js';
import type { Options } from './options.js';
import type { FunctionTime } from './profile.js';

const TOP = 15;
const NOTHING = '';

export interface Failure {
  /** The suite or the measure. */
  name: string;
  error: string;
}

/** A row for each baseline. Every figure is the median of its runs; the ratio is that of the rates, ours to theirs. */
export function comparisonTable(comparisons: Comparison[]): string {
  const head = ['measure', 'ours', 'baseline', 'its rate', 'ratio (min..max)', 'p99 ours / its', 'CPU ours / its'];
  return table([head, ...comparisons.flatMap(rowsOf)]);
}

function rowsOf({ name, unit, ours, baselines }: Comparison): string[][] {
  const own = [name, rate(ours, unit)];
  if (baselines.length === 0) return [[...own, NOTHING, NOTHING, NOTHING, ...timesOf(ours, [])]];
  return baselines.map(({ name: baseline, runs, ratio }, index) => [
    ...(index === 0 ? own : own.map(() => NOTHING)),
    baseline,
    rate(runs, unit),
    `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`,
    ...timesOf(ours, runs),
  ]);
}

function timesOf(ours: Run[], theirs: Run[]): string[] {
  const pair = (pick: (run: Run) => number | undefined, shown: (value: number) => string) =>
    [ours, theirs]
      .flatMap((runs) => median(runs, pick) ?? [])
      .map(shown)
      .join(' / ');
  return [
    pair(
      (run) => run.p99Milliseconds,
      (value) => `${value.toFixed(2)} ms`,
    ),
    pair(
      (run) => run.cpuMicroseconds,
      (value) => `${value.toFixed(0)} µs`,
    ),
  ];
}

function rate(runs: Run[], unit: string): string {
  const perSecond = median(runs, (run) => run.perSecond) ?? Number.NaN;
  return `${Math.round(perSecond).toLocaleString('en')} ${unit}/s`;
}

function median(runs: Run[], pick: (run: Run) => number | undefined): number | undefined {
  const values = runs.flatMap((run) => pick(run) ?? []);
  return values.length === 0 ? undefined : spread(values).median;
}

/** What the table has no column for, a line for each runner. */
export function figureLines(comparisons: Comparison[]): string[] {
  return comparisons.flatMap(({ name, ours, baselines }) =>
    [{ name: 'ours', runs: ours }, ...baselines].flatMap(({ name: runner, runs }) => {
      const names = Object.keys(runs[0]?.figures ?? {});
      const shown = names.map((figure) => `${figure} ${median(runs, (run) => run.figures?.[figure])?.toFixed(1)}`);
      return shown.length === 0 ? [] : [`${name}, ${runner}: ${shown.join(', ')}`];
    }),
  );
}

export function profileTable(times: FunctionTime[]): string {
  const rows = times
    .slice(0, TOP)
    .map(({ percent, milliseconds, place }) => [`${percent.toFixed(1)} %`, `${milliseconds.toFixed(0)} ms`, place]);
  return table([['self', 'time', 'function'], ...rows]);
}

/** Everything that was measured, and on what: the content of `bench/results.json`. */
export function resultsJson({ runs, seconds }: Options, comparisons: Comparison[], failures: Failure[]): string {
  const processors = cpus();
  const results = {
    date: new Date().toISOString(),
    node: process.version,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      processor: processors[0]?.model ?? 'unknown',
      processors: processors.length,
      memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    },
    runs,
    seconds,
    comparisons,
    failures,
  };
  return `${JSON.stringify(results, null, 2)}\n`;
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
