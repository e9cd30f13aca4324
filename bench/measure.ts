/** What one run of a few seconds came to. */
export interface Run {
  perSecond: number;
  /** Only where each answer was timed. */
  p99Milliseconds?: number;
  /** Processor time of the working process, all its threads, for each; only where the system tells it. */
  cpuMicroseconds?: number;
  /** Whatever else the measure is about, by its name and unit. */
  figures?: Record<string, number>;
  /** Share of the time in which the client that makes the load was busy. Near 1, it is the client that was measured. */
  clientBusy?: number;
}

/** Does the same thing over and over for so long. @throws when a single one went wrong */
export type Runner = (seconds: number) => Promise<Run>;

export interface Measure {
  name: string;
  /** Of which so many are done in a second. */
  unit: string;
  ours: Runner;
  /** By name: what ours is held against. */
  baselines: Record<string, Runner>;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface Comparison {
  name: string;
  unit: string;
  ours: Run[];
  baselines: { name: string; runs: Run[]; ratio: Spread }[];
}

export interface Rounds {
  runs: number;
  seconds: number;
  /** Called before each run. */
  progress: (sentence: string) => void;
}

/**
 * Runs ours and every baseline in turn, round after round. Machines slow down and speed up by the minute, so a ratio is taken within a round,
 * never between two. The first round warms up and is dropped.
 */
export async function compare(measure: Measure, { runs, seconds, progress }: Rounds): Promise<Comparison> {
  const runners = Object.entries({ ours: measure.ours, ...measure.baselines });
  const rounds: Record<string, Run>[] = [];
  for (let round = 0; round <= runs; round += 1) {
    const results: Record<string, Run> = {};
    for (const [name, run] of runners) {
      progress(`${measure.name}: ${name}, ${round === 0 ? 'warming up' : `run ${round} of ${runs}`}`);
      results[name] = await run(seconds);
    }
    if (round > 0) rounds.push(results);
  }
  return toComparison(measure, rounds);
}

/** @param rounds of each the runs by name, ours as `ours` */
export function toComparison(
  { name, unit, baselines }: Pick<Measure, 'name' | 'unit' | 'baselines'>,
  rounds: Record<string, Run>[],
): Comparison {
  const runsOf = (runner: string) => rounds.flatMap((round) => round[runner] ?? []);
  const ours = runsOf('ours');
  return {
    name,
    unit,
    ours,
    baselines: Object.keys(baselines).map((baseline) => {
      const runs = runsOf(baseline);
      const ratios = runs.map(({ perSecond }, round) => (ours[round]?.perSecond ?? 0) / perSecond);
      return { name: baseline, runs, ratio: spread(ratios) };
    }),
  };
}

export function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}
