import type { Inspector } from './inspector.js';
import type { Measure } from './measure.js';
import type { Workbench } from './workbench.js';

/** What a suite has set up, ready to run until the workbench is closed. */
export interface PreparedSuite {
  measures: Measure[];
  /** Of the process that does our half of the work. Only after `prepare` was told to profile. */
  inspect: () => Promise<Inspector>;
}

export interface Suite {
  prepare(bench: Workbench, options: { profile: boolean }): Promise<PreparedSuite>;
}
