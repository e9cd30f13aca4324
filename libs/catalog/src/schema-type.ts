import type { EnumerationValue } from './enumeration.js';
import { listMember, ownMember } from './json.js';
import type { JsonObject } from './json.js';

/** Zapier's ValueTypeEnum (protocol.md §7.6). */
export type ValueType = 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'ARRAY' | 'OBJECT';

const VALUE_TYPES = new Map<unknown, ValueType>([
  ['string', 'STRING'],
  ['number', 'NUMBER'],
  ['integer', 'INTEGER'],
  ['boolean', 'BOOLEAN'],
  ['array', 'ARRAY'],
  ['object', 'OBJECT'],
]);

/** The types that a schema permits besides null; none when it names none and shows none by its other keywords. */
export function schemaTypes(schema: JsonObject): ValueType[] {
  const type = ownMember(schema, 'type');
  const names = typeof type === 'string' ? [type] : listMember(schema, 'type');
  if (names.length > 0) return distinct(names.flatMap((name) => VALUE_TYPES.get(name) ?? []));
  if (ownMember(schema, 'properties') !== undefined || ownMember(schema, 'allOf') !== undefined) return ['OBJECT'];
  return ownMember(schema, 'items') === undefined ? [] : ['ARRAY'];
}

export function enumerationTypes(values: readonly EnumerationValue[]): ValueType[] {
  return distinct(
    values.map(({ value }) => {
      if (typeof value === 'number') return Number.isInteger(value) ? 'INTEGER' : 'NUMBER';
      return typeof value === 'boolean' ? 'BOOLEAN' : 'STRING';
    }),
  );
}

/** Every integer is a number, so the pair is no choice of types. */
export function distinct(types: readonly ValueType[]): ValueType[] {
  const set = new Set(types);
  if (set.has('NUMBER')) set.delete('INTEGER');
  return [...set];
}
