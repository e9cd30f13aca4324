import type { Ground, Size } from './refresh/experiment.js';
import { findingsTable, type Told } from './table.js';

interface Experiment<Finding> {
  test: string;
  title: string;
  run: (ground: Ground, size: Size) => Promise<Finding[]>;
}

interface ChaosSuiteOptions<Finding> {
  /** In the order of the table. */
  experiments: readonly Experiment<Finding>[];
  columns: Readonly<Record<string, (finding: Finding) => number>>;
  /** What an experiment that broke off has found. */
  broken: (test: string, misses: string[]) => Finding;
}

/** Experiments that are told in one table. */
export class ChaosSuite<Finding extends Told> {
  constructor(private readonly options: ChaosSuiteOptions<Finding>) {}

  get tests(): string[] {
    return this.options.experiments.map(({ test }) => test);
  }

  async run(ground: Ground, only: readonly string[], size: Size): Promise<{ table: string; hasHeld: boolean }> {
    const { experiments, columns } = this.options;
    const findings: Finding[] = [];
    for (const { test, title, run } of experiments.filter((one) => only.includes(one.test))) {
      console.error(`${new Date().toISOString().slice(11, 19)} ${test}: ${title}`);
      const found = await run(ground, size).catch((error: unknown) => [this.options.broken(test, [brokenOff(error)])]);
      for (const { misses } of found) for (const miss of misses) console.error(`  missed: ${miss}`);
      findings.push(...found);
    }
    const hasHeld = findings.every(({ misses }) => misses.length === 0);
    return { table: findingsTable(findings, columns), hasHeld };
  }
}

function brokenOff(error: unknown): string {
  return `it broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
