import { constant, enumeration, MAX_CHOICES } from './enumeration.js';
import type { EnumerationValue } from './enumeration.js';
import { DocumentError } from './document-error.js';
import { listMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { resolve } from './reference.js';
import { mergedSchema } from './schema-merge.js';
import { distinct, enumerationTypes, schemaTypes } from './schema-type.js';
import type { ValueType } from './schema-type.js';

/** What a request needs to know of a value. The inside of an object is the third party's to check. */
export interface ValueSchema {
  readonly valueType: ValueType;
  /** Several types are permitted, or none is named: the value is sent as it was given. `valueType` is then STRING. */
  readonly isAny: boolean;
  readonly isNullable: boolean;
  readonly items?: ValueSchema;
  readonly enumeration?: readonly EnumerationValue[];
  readonly default?: unknown;
}

/** `schema` comes from {@link flattenedSchema}. `withItems` false stops at an array's items, so that no cycle is followed. */
export function readValueSchema(document: JsonObject, schema: JsonObject, withItems = true): ValueSchema {
  const alternatives = typedAlternatives(document, schema);
  const values = enumeration(schema, alternatives);
  const types = permittedTypes(schema, alternatives, values);
  const [valueType = 'STRING'] = types;
  const isAny = types.length !== 1;
  const fallback = ownMember(schema, 'default') ?? ownMember(schema, 'const');
  return {
    valueType: isAny ? 'STRING' : valueType,
    isAny,
    isNullable: isNullable(document, schema),
    ...(!isAny && valueType === 'ARRAY' && withItems && { items: itemSchema(document, schema) }),
    ...(values && { enumeration: values }),
    ...(fallback !== undefined && fallback !== null && { default: fallback }),
  };
}

/** The merged schema. One whose `oneOf` or `anyOf` offers a single thing beside null is that thing, nullable. */
export function flattenedSchema(document: JsonObject, node: unknown): JsonObject {
  const schema = mergedSchema(document, node);
  const [only, another] = branches(document, schema).filter((branch) => !isNull(branch) && isTyped(branch));
  if (!only || another) return schema;
  const { oneOf: _oneOf, anyOf: _anyOf, ...own } = schema;
  return { ...mergedSchema(document, only), ...own, ...(isNullable(document, schema) && { nullable: true }) };
}

function typedAlternatives(document: JsonObject, schema: JsonObject): JsonObject[] {
  return branches(document, schema).filter((branch) => !isNull(branch) && isTyped(branch));
}

function branches(document: JsonObject, schema: JsonObject): JsonObject[] {
  const nodes = [...listMember(schema, 'oneOf'), ...listMember(schema, 'anyOf')];
  if (nodes.length > MAX_CHOICES)
    throw new DocumentError(`A schema of the document has more than ${MAX_CHOICES} alternatives.`);
  return nodes.map((node) => resolve(document, node));
}

/** Branches that only say which members are required together are no alternatives. */
function isTyped(branch: JsonObject): boolean {
  return schemaTypes(branch).length > 0 || constant(branch) !== undefined || listMember(branch, 'enum').length > 0;
}

function itemSchema(document: JsonObject, schema: JsonObject): ValueSchema {
  return readValueSchema(document, flattenedSchema(document, ownMember(schema, 'items')), false);
}

function permittedTypes(
  schema: JsonObject,
  alternatives: readonly JsonObject[],
  values: readonly EnumerationValue[] | undefined,
): ValueType[] {
  const own = schemaTypes(schema);
  if (own.length > 0) return own;
  return values ? enumerationTypes(values) : distinct(alternatives.flatMap(schemaTypes));
}

function isNullable(document: JsonObject, schema: JsonObject): boolean {
  if (ownMember(schema, 'nullable') === true || listMember(schema, 'type').includes('null')) return true;
  return listMember(schema, 'enum').includes(null) || branches(document, schema).some(isNull);
}

function isNull(schema: JsonObject): boolean {
  return textMember(schema, 'type') === 'null' || constant(schema) === null;
}
