import { ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { TEXT_FORMATS } from './text-format.js';
import { isMatched, usablePattern, type PatternBudget } from './text-pattern.js';
import { jsonText } from './json-text.js';

/** What JSON Schema says of a value besides its type (https://json-schema.org/draft/2020-12/json-schema-validation#section-6). */
export interface ValueConstraints {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly format?: string;
}

const NUMBERS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/** Undefined for a schema that has none. */
export function readConstraints(schema: JsonObject): ValueConstraints | undefined {
  const constraints: { -readonly [Name in keyof ValueConstraints]: ValueConstraints[Name] } = {};
  for (const name of NUMBERS) {
    const bound = ownMember(schema, name);
    if (typeof bound === 'number') constraints[name] = bound;
  }
  readExclusive(schema, constraints);
  if (ownMember(schema, 'uniqueItems') === true) constraints.uniqueItems = true;
  const pattern = textMember(schema, 'pattern');
  if (pattern !== undefined && usablePattern(pattern)) constraints.pattern = pattern;
  const format = textMember(schema, 'format');
  if (format !== undefined && TEXT_FORMATS.has(format)) constraints.format = format;
  return Object.keys(constraints).length > 0 ? constraints : undefined;
}

/** In 3.1 a number; in 3.0 a boolean that says how the other bound is meant. */
function readExclusive(schema: JsonObject, constraints: { -readonly [Name in keyof ValueConstraints]: unknown }): void {
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const bound = ownMember(schema, exclusive);
    if (typeof bound === 'number') constraints[exclusive] = bound;
    if (bound !== true || constraints[inclusive] === undefined) continue;
    constraints[exclusive] = constraints[inclusive];
    delete constraints[inclusive];
  }
}

/** The first constraint that the value breaks, as a sentence without its subject. Each holds for values of its own type alone. */
export function constraintProblem(
  constraints: ValueConstraints,
  value: unknown,
  budget: PatternBudget,
): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return numberProblem(constraints, value);
  if (typeof value === 'string') return textProblem(constraints, value, budget);
  return Array.isArray(value) ? listProblem(constraints, value) : undefined;
}

function numberProblem(constraints: ValueConstraints, value: number | bigint): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = constraints;
  if (minimum !== undefined && value < minimum) return `must be ${minimum} or more`;
  if (maximum !== undefined && value > maximum) return `must be ${maximum} or less`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `must be more than ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return `must be less than ${exclusiveMaximum}`;
  return undefined;
}

function textProblem(constraints: ValueConstraints, text: string, budget: PatternBudget): string | undefined {
  const { minLength = 0, maxLength = Infinity, pattern, format } = constraints;
  // Characters, not UTF-16 code units; a text has half as many as units at least.
  if (text.length < minLength * 2 && characters(text) < minLength) return `must have ${minLength} characters or more`;
  if (text.length > maxLength && characters(text) > maxLength) return `must have ${maxLength} characters or less`;
  if (format !== undefined && TEXT_FORMATS.get(format)?.test(text) === false) return `must have the format ${format}`;
  if (pattern !== undefined && !isMatched(pattern, text, budget)) return `must match the pattern ${pattern}`;
  return undefined;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function listProblem({ minItems, maxItems, uniqueItems }: ValueConstraints, list: unknown[]): string | undefined {
  if (minItems !== undefined && list.length < minItems) return `must have ${minItems} items or more`;
  if (maxItems !== undefined && list.length > maxItems) return `must have ${maxItems} items or less`;
  if (uniqueItems && new Set(list.map((item) => jsonText(item))).size < list.length)
    return 'must not have an item twice';
  return undefined;
}
