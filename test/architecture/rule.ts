import type { SourceFacts } from './read-source.js';

export interface Violation {
  rule: string;
  file: string;
  detail: string;
}

/** Looks at one file of a tree; returns one text for each violation. */
export type Rule = (source: SourceFacts, tree: readonly SourceFacts[]) => string[];

/** By name: the guarantee that each gives. */
export type Rules = Readonly<Record<string, Rule>>;
