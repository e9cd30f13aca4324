/** `short` is what CI and `--quick` run; `full` has the figures of the specification. */
export type Size = 'short' | 'full';

/** Where experiments get their databases. */
export interface Ground {
  /** Migrated and empty. */
  database(): Promise<{ url: string; drop(): Promise<void> }>;
}

/** What one condition came to. It holds when nothing was missed. */
export interface Finding {
  test: string;
  condition: string;
  /** By the provider's own log. */
  refreshes: number;
  reuse: number;
  /** Connections that nothing but a new consent can mend. */
  lost: number;
  /** Connections that say so: `needs_reauth`. */
  marked: number;
  /** Each a sentence: what was promised and did not hold. */
  misses: string[];
  /** Figures worth reading. */
  notes: string[];
  /** The experiment could not be made here, and why. */
  skipped?: string;
}

export interface Experiment {
  test: string;
  title: string;
  run(ground: Ground, size: Size): Promise<Finding[]>;
}

/** A sentence when the promise does not hold, nothing otherwise. */
export function missed(holds: boolean, sentence: string): string[] {
  return holds ? [] : [sentence];
}
