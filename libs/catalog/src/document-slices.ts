import { DocumentError } from './document-error.js';
import { isJsonObject, objectMember } from './json.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';

const SLICE_VALUES = 10_000;
const MAX_ENTRY_VALUES = 20_000;

/**
 * The document as several small ones: first a skeleton without entries, then some paths or components at a time. They can
 * be validated one by one because references are not followed, and the validator's cost grows with the square of the
 * number of mistakes: the first slice that has any ends it.
 */
export function* documentSlices(document: JsonObject): Generator<JsonObject> {
  const { paths, components, webhooks, ...others } = document;
  const root = Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('x-')));
  const sections = isJsonObject(components) ? mapMembers(components, withoutEntries) : components;
  yield {
    ...root,
    ...(paths !== undefined && { paths: withoutEntries(paths) }),
    ...(components !== undefined && { components: sections }),
    ...(webhooks !== undefined && { webhooks: withoutEntries(webhooks) }),
  };
  for (const entries of entrySlices(document, ['paths'])) yield { ...root, paths: entries };
  for (const name of Object.keys(objectMember(document, 'components'))) {
    for (const entries of entrySlices(document, ['components', name])) {
      yield { ...root, paths: {}, components: { [name]: entries } };
    }
  }
}

function withoutEntries(section: unknown): unknown {
  return isJsonObject(section) ? {} : section;
}

function mapMembers(object: JsonObject, change: (member: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, change(member)]));
}

function* entrySlices(document: JsonObject, names: readonly string[]): Generator<JsonObject> {
  const section = names.reduce((node, name) => objectMember(node, name), document);
  let entries: [string, unknown][] = [];
  let values = 0;
  for (const [name, entry] of Object.entries(section)) {
    const value = names[0] === 'paths' ? withoutReference(entry) : entry;
    const count = countValues(value);
    if (count > MAX_ENTRY_VALUES) {
      throw new DocumentError(
        `One part of the document holds more than ${MAX_ENTRY_VALUES} values.`,
        toPointer([...names, name]),
      );
    }
    if (values + count > SLICE_VALUES && entries.length > 0) {
      yield Object.fromEntries(entries);
      entries = [];
      values = 0;
    }
    entries.push([name, value]);
    values += count;
  }
  if (entries.length > 0) yield Object.fromEntries(entries);
}

/** The published schema of 3.1 knows no reference in place of a path item. What it leads to stands elsewhere in the document. */
function withoutReference(pathItem: unknown): unknown {
  if (!isJsonObject(pathItem)) return pathItem;
  const { $ref: _, ...rest } = pathItem;
  return rest;
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const member of Object.values(value)) count += countValues(member);
  return count;
}
