import { constant, enumeration, MAX_CHOICES } from './enumeration.js';
import type { EnumerationValue } from './enumeration.js';
import { DocumentError } from './document-error.js';
import { listMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { resolve } from './reference.js';
import { mergedSchema, objectMembers } from './schema-merge.js';
import { distinct, enumerationTypes, schemaTypes } from './schema-type.js';
import type { ValueType } from './schema-type.js';

/** Deeper values, and members beyond so many of one input, are not read into their types. It also ends cycles. */
const MAX_DEPTH = 4;
const MAX_MEMBERS = 50;

/** What a request needs to know of a value. */
export interface ValueSchema {
  readonly valueType: ValueType;
  /** Several types are permitted, or none is named: the value is sent as it was given. `valueType` is then STRING. */
  readonly isAny: boolean;
  readonly isNullable: boolean;
  readonly items?: ValueSchema;
  /** What is known of an object's members; others are sent as they were given. */
  readonly members?: readonly MemberSchema[];
  readonly enumeration?: readonly EnumerationValue[];
  readonly default?: unknown;
}

interface MemberSchema extends ValueSchema {
  readonly name: string;
  readonly isRequired: boolean;
}

interface Reach {
  readonly depth: number;
  /** Counts down, over all of one input. */
  readonly left: { members: number };
}

/** @param schema comes from {@link flattenedSchema}, and `node` is what it was made of */
export function readValueSchema(
  document: JsonObject,
  schema: JsonObject,
  node: unknown = schema,
  reach: Reach = { depth: 0, left: { members: MAX_MEMBERS } },
): ValueSchema {
  const alternatives = typedAlternatives(document, schema);
  const values = enumeration(schema, alternatives);
  const types = permittedTypes(schema, alternatives, values);
  const [valueType = 'STRING'] = types;
  const isAny = types.length !== 1;
  const fallback = ownMember(schema, 'default') ?? ownMember(schema, 'const');
  const isWithin = !isAny && reach.depth < MAX_DEPTH;
  const members = isWithin && valueType === 'OBJECT' ? memberSchemas(document, node, reach) : [];
  return {
    valueType: isAny ? 'STRING' : valueType,
    isAny,
    isNullable: isNullable(document, schema),
    ...(isWithin && valueType === 'ARRAY' && { items: itemSchema(document, schema, reach) }),
    ...(members.length > 0 && { members }),
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

/** The type alone, without anything that lies deeper. */
export function readPlainValue(document: JsonObject, schema: JsonObject): Pick<ValueSchema, 'valueType' | 'isAny'> {
  return readValueSchema(document, schema, schema, { depth: MAX_DEPTH, left: { members: 0 } });
}

function itemSchema(document: JsonObject, schema: JsonObject, { depth, left }: Reach): ValueSchema {
  const node = ownMember(schema, 'items');
  return readValueSchema(document, flattenedSchema(document, node), node, { depth: depth + 1, left });
}

function memberSchemas(document: JsonObject, node: unknown, { depth, left }: Reach): MemberSchema[] {
  const { properties, required } = objectMembers(document, node);
  const members: MemberSchema[] = [];
  for (const [name, property] of Object.entries(properties)) {
    if (left.members <= 0) break;
    left.members -= 1;
    const member = memberSchema(document, property, { depth: depth + 1, left });
    if (member) members.push({ name, isRequired: required.has(name), ...member });
  }
  return members;
}

/** One that is too wide to be read, deep inside an input, costs its operation nothing: it is not checked. */
function memberSchema(document: JsonObject, node: unknown, reach: Reach): ValueSchema | undefined {
  try {
    const schema = flattenedSchema(document, node);
    if (node === false || schema['readOnly'] === true) return undefined;
    const { default: _, ...value } = readValueSchema(document, schema, node, reach);
    return value;
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
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
