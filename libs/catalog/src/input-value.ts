import { isJsonObject, ownMember } from './json.js';
import { jsonText } from './json-text.js';
import type { PatternBudget } from './text-pattern.js';
import { constraintProblem } from './value-constraints.js';
import type { ValueSchema } from './value-schema.js';

/** The value in its schema's type, or why it has none. An integer beyond 2^53 given as text becomes a bigint: ids must not be rounded. */
export type CoercedValue = { readonly value: unknown } | { readonly flaws: readonly Flaw[] };

/** What is wrong, and where below the value: the names of members and the indexes of items that lead there. */
interface Flaw {
  readonly path: readonly string[];
  readonly problem: string;
}

const MAX_DIGITS = 64;
const MAX_FLAWS = 20;

/** `5` for "5", `true` for "True", an object for its JSON text (the wire sends every value as text if it likes). */
export function coerce(schema: ValueSchema, given: unknown, budget: PatternBudget): CoercedValue {
  if (given === null) return schema.isNullable ? { value: null } : flawed('must not be null');
  const typed = schema.isAny ? { value: given } : coerceType(schema, given, budget);
  if ('flaws' in typed) return typed;
  if (schema.enumeration) return coerceChoice(schema.enumeration, typed.value);
  const problem = schema.constraints && constraintProblem(schema.constraints, typed.value, budget);
  return problem === undefined ? typed : flawed(problem);
}

function flawed(problem: string): CoercedValue {
  return { flaws: [{ path: [], problem }] };
}

function coerceType(schema: ValueSchema, given: unknown, budget: PatternBudget): CoercedValue {
  switch (schema.valueType) {
    case 'STRING':
      return coerceString(given);
    case 'NUMBER':
    case 'INTEGER':
      return coerceNumber(given, schema.valueType === 'INTEGER');
    case 'BOOLEAN':
      return coerceBoolean(given);
    case 'ARRAY':
      return coerceArray(schema, parsedJson(given, '['), budget);
    default:
      return coerceObject(schema, parsedJson(given, '{'), budget);
  }
}

function coerceString(given: unknown): CoercedValue {
  if (typeof given === 'string') return { value: given };
  if (typeof given === 'number' || typeof given === 'boolean') return { value: String(given) };
  return flawed('must be a text');
}

function coerceNumber(given: unknown, isInteger: boolean): CoercedValue {
  const problem = isInteger ? 'must be a whole number' : 'must be a number';
  const text = typeof given === 'string' ? given.trim() : '';
  const isNumberText = text.length <= MAX_DIGITS && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  if (typeof given !== 'number' && !isNumberText) return flawed(problem);
  const value = typeof given === 'number' ? given : Number(text);
  if (!Number.isFinite(value) || (isInteger && !Number.isInteger(value))) return flawed(problem);
  const isRounded = /^-?\d+$/.test(text) && !Number.isSafeInteger(value);
  return { value: isRounded ? BigInt(text) : value };
}

function coerceBoolean(given: unknown): CoercedValue {
  if (typeof given === 'boolean') return { value: given };
  const text = typeof given === 'string' ? given.trim().toLowerCase() : '';
  return text === 'true' || text === 'false' ? { value: text === 'true' } : flawed('must be true or false');
}

function coerceArray(schema: ValueSchema, given: unknown, budget: PatternBudget): CoercedValue {
  if (!Array.isArray(given)) return flawed('must be a list, or the JSON text of one');
  const { items } = schema;
  if (!items) return { value: given };
  const values: unknown[] = [];
  const flaws: Flaw[] = [];
  for (const [index, item] of given.entries()) {
    const coerced = coerce(items, item, budget);
    if ('value' in coerced) values.push(coerced.value);
    else flaws.push(...below(String(index), coerced.flaws));
    if (flaws.length >= MAX_FLAWS) break;
  }
  return flaws.length > 0 ? { flaws: flaws.slice(0, MAX_FLAWS) } : { value: values };
}

/** A member that may be left out may also be null: what becomes of it is for the third party to say. */
function coerceObject(schema: ValueSchema, given: unknown, budget: PatternBudget): CoercedValue {
  if (!isJsonObject(given)) return flawed('must be an object, or the JSON text of one');
  const flaws: Flaw[] = [];
  const values = new Map(Object.entries(given));
  for (const member of schema.members ?? []) {
    const { name, isRequired } = member;
    const value = ownMember(given, name);
    if (value === undefined && isRequired) flaws.push({ path: [name], problem: 'is required' });
    if (value === undefined || (value === null && !isRequired)) continue;
    const coerced = coerce(member, value, budget);
    if ('value' in coerced) values.set(name, coerced.value);
    else flaws.push(...below(name, coerced.flaws));
  }
  return flaws.length > 0 ? { flaws: flaws.slice(0, MAX_FLAWS) } : { value: Object.fromEntries(values) };
}

function below(name: string, flaws: readonly Flaw[]): Flaw[] {
  return flaws.map(({ path, problem }) => ({ path: [name, ...path], problem }));
}

/** Compared as text, because a choice's id is text. */
function coerceChoice(enumeration: NonNullable<ValueSchema['enumeration']>, value: unknown): CoercedValue {
  const text = typeof value === 'string' ? value : jsonText(value);
  const found = enumeration.find((permitted) => String(permitted.value) === text);
  if (found) return { value: found.value };
  const listed = enumeration
    .slice(0, 10)
    .map((permitted) => permitted.value)
    .join(', ');
  return flawed(`must be one of ${listed}${enumeration.length > 10 ? ' and others' : ''}`);
}

function parsedJson(given: unknown, first: '[' | '{'): unknown {
  if (typeof given !== 'string' || !given.trimStart().startsWith(first)) return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return undefined;
  }
}
