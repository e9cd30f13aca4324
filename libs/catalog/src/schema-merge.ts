import { DocumentError } from './document-error.js';
import { isJsonObject, listMember, objectMember } from './json.js';
import type { JsonObject } from './json.js';
import { resolve } from './reference.js';

const MAX_PARTS = 100;

/**
 * A schema's keywords with references followed and `allOf` merged: a later part wins, the schema's own win over all.
 * Its `properties` are those of one part only; {@link objectMembers} joins them.
 */
export function mergedSchema(document: JsonObject, node: unknown): JsonObject {
  const { allOf: _, ...keywords } = joined(schemaParts(document, node, new Set()));
  return keywords;
}

/** The properties and required names of all parts of an object schema. Property schemas are left as they stand. */
export function objectMembers(document: JsonObject, node: unknown): { properties: JsonObject; required: Set<unknown> } {
  const parts = schemaParts(document, node, new Set());
  return {
    properties: joined(parts.map((part) => objectMember(part, 'properties'))),
    required: new Set(parts.flatMap((part) => listMember(part, 'required'))),
  };
}

function joined(objects: readonly JsonObject[]): JsonObject {
  return objects.reduce((all, object) => Object.assign(all, object), {});
}

function schemaParts(document: JsonObject, node: unknown, seen: Set<unknown>): JsonObject[] {
  if (!isJsonObject(node) || seen.has(node)) return []; // seen: an allOf that leads back to itself adds nothing
  if (seen.size >= MAX_PARTS)
    throw new DocumentError(`A schema of the document is made of more than ${MAX_PARTS} parts.`);
  seen.add(node);
  const schema = resolve(document, node);
  return [...listMember(schema, 'allOf').flatMap((part) => schemaParts(document, part, seen)), schema];
}
