import { isJsonObject } from './json.js';
import { jsonText } from './serialisation.js';
import type { ValueSchema } from './value-schema.js';

/** The value in its schema's type, or why it has none. An integer beyond 2^53 given as text becomes a bigint: ids must not be rounded. */
export type CoercedValue = { readonly value: unknown } | { readonly problem: string };

const MAX_DIGITS = 64;

/** `5` for "5", `true` for "True", an object for its JSON text (the wire sends every value as text if it likes). */
export function coerce(schema: ValueSchema, given: unknown): CoercedValue {
  if (given === null) return schema.isNullable ? { value: null } : { problem: 'must not be null' };
  const typed = schema.isAny ? { value: given } : coerceType(schema, given);
  return 'problem' in typed || !schema.enumeration ? typed : coerceChoice(schema.enumeration, typed.value);
}

function coerceType(schema: ValueSchema, given: unknown): CoercedValue {
  switch (schema.valueType) {
    case 'STRING':
      return coerceString(given);
    case 'NUMBER':
    case 'INTEGER':
      return coerceNumber(given, schema.valueType === 'INTEGER');
    case 'BOOLEAN':
      return coerceBoolean(given);
    case 'ARRAY':
      return coerceArray(schema, parsedJson(given, '['));
    default:
      return coerceObject(parsedJson(given, '{'));
  }
}

function coerceString(given: unknown): CoercedValue {
  if (typeof given === 'string') return { value: given };
  if (typeof given === 'number' || typeof given === 'boolean') return { value: String(given) };
  return { problem: 'must be a text' };
}

function coerceNumber(given: unknown, isInteger: boolean): CoercedValue {
  const problem = isInteger ? 'must be a whole number' : 'must be a number';
  const text = typeof given === 'string' ? given.trim() : '';
  const isNumberText = text.length <= MAX_DIGITS && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  if (typeof given !== 'number' && !isNumberText) return { problem };
  const value = typeof given === 'number' ? given : Number(text);
  if (!Number.isFinite(value) || (isInteger && !Number.isInteger(value))) return { problem };
  const isRounded = /^-?\d+$/.test(text) && !Number.isSafeInteger(value);
  return { value: isRounded ? BigInt(text) : value };
}

function coerceBoolean(given: unknown): CoercedValue {
  if (typeof given === 'boolean') return { value: given };
  const text = typeof given === 'string' ? given.trim().toLowerCase() : '';
  return text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: 'must be true or false' };
}

function coerceArray(schema: ValueSchema, given: unknown): CoercedValue {
  if (!Array.isArray(given)) return { problem: 'must be a list, or the JSON text of one' };
  const { items } = schema;
  if (!items) return { value: given };
  const values: unknown[] = [];
  for (const [index, item] of given.entries()) {
    const coerced = coerce(items, item);
    if ('problem' in coerced) return { problem: `has an item (number ${index + 1}) that ${coerced.problem}` };
    values.push(coerced.value);
  }
  return { value: values };
}

function coerceObject(given: unknown): CoercedValue {
  return isJsonObject(given) ? { value: given } : { problem: 'must be an object, or the JSON text of one' };
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
  return { problem: `must be one of ${listed}${enumeration.length > 10 ? ' and others' : ''}` };
}

function parsedJson(given: unknown, first: '[' | '{'): unknown {
  if (typeof given !== 'string' || !given.trimStart().startsWith(first)) return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return undefined;
  }
}
