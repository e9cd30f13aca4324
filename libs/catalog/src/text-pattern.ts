import { RE2JS } from 're2js';

/** How many characters the patterns of one request are still run on; what is beyond is the third party's to check. */
export interface PatternBudget {
  characters: number;
}

const BUDGET_CHARACTERS = 16_384;
const MAX_PATTERN_CHARACTERS = 500;
/** Steps for one character at most. */
const MAX_PROGRAM = 300;
const MAX_KEPT = 500;

const kept = new Map<string, RE2JS>();

export function patternBudget(): PatternBudget {
  return { characters: BUDGET_CHARACTERS };
}

/**
 * Whether a document's `pattern` is one that we run: RE2 knows it (no look-around, no back reference), so that it takes time in proportion to
 * the text, and it is small. Asked where the document is read, in a thread of its own: how long a pattern takes to compile is not known before.
 */
export function usablePattern(pattern: string): boolean {
  if (pattern.length > MAX_PATTERN_CHARACTERS) return false;
  try {
    return compiled(pattern).programSize() <= MAX_PROGRAM;
  } catch {
    return false;
  }
}

/** @param pattern one that {@link usablePattern} took. It is not anchored, as JSON Schema has it. */
export function isMatched(pattern: string, text: string, budget: PatternBudget): boolean {
  budget.characters -= text.length;
  if (budget.characters < 0) return true;
  const expression = kept.get(pattern) ?? compiled(pattern);
  kept.delete(pattern);
  kept.set(pattern, expression);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  return expression.matcher(text).find();
}

function compiled(pattern: string): RE2JS {
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}
