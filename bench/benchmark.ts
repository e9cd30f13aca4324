import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compare, type Comparison, type Measure } from './measure.js';
import type { Options } from './options.js';
import { profileOf, selfTimes } from './profile.js';
import { type Failure, profileTable } from './report.js';
import type { PreparedSuite, Suite } from './suite.js';
import { Workbench } from './workbench.js';

/** One call of `npm run bench`: suite after suite, each on a workbench of its own. */
export class Benchmark {
  readonly comparisons: Comparison[] = [];
  readonly failures: Failure[] = [];
  #workbench: Workbench | undefined;
  #interrupted = false;

  constructor(
    private readonly options: Options,
    /** The folder of the sources, not of what they compile to. */
    private readonly checkout: string,
  ) {}

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** A suite or a measure that fails is noted, and the next one runs. */
  async run(suites: Readonly<Record<string, Suite>>): Promise<void> {
    for (const name of this.options.suites) {
      const suite = suites[name];
      if (suite && !this.#interrupted) await this.#runSuite(name, suite);
    }
  }

  /** Nothing is started or noted from here on. Resolves when all that was started is gone. */
  async interrupt(): Promise<void> {
    this.#interrupted = true;
    await this.#workbench?.close();
  }

  async #runSuite(name: string, suite: Suite): Promise<void> {
    const workbench = new Workbench((sentence) => console.log(`${name}: ${sentence}`));
    this.#workbench = workbench;
    try {
      const prepared = await this.#noting(name, () => suite.prepare(workbench, this.options));
      for (const measure of prepared?.measures ?? []) {
        await this.#noting(measure.name, async () => {
          if (prepared && this.options.profile) await this.#profile(measure, prepared);
          else this.comparisons.push(await compare(measure, { ...this.options, progress: workbench.progress }));
        });
      }
    } finally {
      await workbench.close();
    }
  }

  async #noting<Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#interrupted) return undefined;
    try {
      return await work();
    } catch (error) {
      // What is pulled from under a measure makes it fail.
      if (!this.#interrupted)
        this.failures.push({ name, error: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  async #profile({ name, ours }: Measure, { inspect }: PreparedSuite): Promise<void> {
    const { seconds } = this.options;
    console.log(`\n${name}: ours alone, warming up and then under the profiler, ${seconds} s each`);
    await ours(seconds);
    const inspector = await inspect();
    try {
      const profile = await profileOf(inspector, () => ours(seconds));
      const folder = join(this.checkout, 'bench', 'profiles');
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `${name.replaceAll(/[^\w.]+/g, '-')}.cpuprofile`);
      writeFileSync(file, JSON.stringify(profile));
      console.log(`${profileTable(selfTimes(profile, this.checkout))}\n${relative(this.checkout, file)}`);
    } finally {
      inspector.close();
    }
  }
}
