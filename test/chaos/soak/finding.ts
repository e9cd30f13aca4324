import type { Told } from '../table.js';

export interface SoakCounts {
  jobs: number;
  runs: number;
  /** Ended as `outcome_unknown`: in the hand of a worker that was killed. */
  unknown: number;
  /** In no final state at the end. */
  open: number;
  connections: number;
  unusable: number;
  /** Runs and connections that the endpoint was not told about. */
  untold: number;
}

/** What the soak came to. It holds when nothing was missed. */
export type SoakFinding = Told & SoakCounts;
