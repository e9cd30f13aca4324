import type { Ground, Size } from '../refresh/experiment.js';
import type { Told } from '../table.js';

/** What one condition came to. It holds when nothing was missed. */
export interface RunsFinding extends Told {
  runs: number;
  succeeded: number;
  /** `outcome_unknown`, which says so. */
  unknown: number;
  /** Carried out more than once, by the third party's own count. */
  twice: number;
  /** In no final state at the end. */
  open: number;
}

export interface RunsExperiment {
  test: string;
  title: string;
  run(ground: Ground, size: Size): Promise<RunsFinding[]>;
}
