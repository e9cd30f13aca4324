import { DocumentError } from './document-error.js';
import { listMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';

type Scalar = string | number | boolean;

/** One permitted value and the text that a person chooses it by. */
export interface EnumerationValue {
  readonly value: Scalar;
  readonly label: string;
}

export const MAX_CHOICES = 1_000;

/**
 * The permitted values of a schema: `enum`, `const`, or alternatives that are each a `const` with their `title` as label
 * (OpenAPI 3.1's annotated enumeration). Undefined when there are none or they are no scalars. Null is not among them.
 */
export function enumeration(schema: JsonObject, alternatives: readonly JsonObject[]): EnumerationValue[] | undefined {
  const own = listMember(schema, 'enum');
  const named = own.length > 0 ? own : [ownMember(schema, 'const')].filter((value) => value !== undefined);
  if (Math.max(named.length, alternatives.length) > MAX_CHOICES) {
    throw new DocumentError(`A schema of the document lists more than ${MAX_CHOICES} values.`);
  }
  const values =
    named.length > 0
      ? named.filter((value) => value !== null).map((value) => labelled(value))
      : alternatives.map((alternative) => labelled(constant(alternative), textMember(alternative, 'title')));
  return values.length > 0 && values.every((value) => value !== undefined) ? values : undefined;
}

/** `const`, or the way to write it in 3.0: an `enum` of one. */
export function constant(schema: JsonObject): unknown {
  const values = listMember(schema, 'enum');
  return values.length === 1 ? values[0] : ownMember(schema, 'const');
}

function labelled(value: unknown, title?: string): EnumerationValue | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? { value, label: title ?? String(value) } : undefined;
}
