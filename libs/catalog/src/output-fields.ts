import { ExtensionError } from './document-error.js';
import { optionalText } from './extension.js';
import { isJsonObject, listMember, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import type { OperationSite } from './operation-site.js';
import { resolve } from './reference.js';
import { objectMembers } from './schema-merge.js';
import { humanise } from './title.js';
import { flattenedSchema, readPlainValue } from './value-schema.js';

/** A part of a result. `id` as on the wire: `commit__message` inside an object, `parents[]sha` in each item of a list (protocol.md §7.8). */
export interface OutputField {
  readonly id: string;
  readonly title: string;
  readonly sample?: string;
}

const MAX_FIELDS = 200;
const MAX_DEPTH = 4;
/** Objects inside objects: without leaves nothing else would end it. */
const MAX_SCHEMAS = 400;
const MAX_SAMPLE_CHARACTERS = 200;

/**
 * What one result of the operation is made of: `x-gatehouse.outputs`, or else its first successful response. Bounded in number and depth, so
 * that a schema that leads back to itself ends.
 */
export function readOutputs(document: JsonObject, site: OperationSite, extended: JsonObject): readonly OutputField[] {
  const written = ownMember(extended, 'outputs');
  if (written !== undefined) return writtenOutputs(written, `${site.pointer}/x-gatehouse/outputs`);
  const media = responseMedia(document, site.operation);
  if (!media) return [];
  const fields = new Map<string, OutputField>();
  addFields({ document, fields, schemas: 0 }, ownMember(media, 'schema'), example(document, media), [], MAX_DEPTH);
  return [...fields.values()];
}

/** The fields of a result that has been seen, with its values as samples. */
export function outputsOf(result: unknown): readonly OutputField[] {
  const fields = new Map<string, OutputField>();
  addSeen(fields, result, [], MAX_DEPTH);
  return [...fields.values()];
}

function writtenOutputs(written: unknown, pointer: string): OutputField[] {
  if (!Array.isArray(written)) throw new ExtensionError('"x-gatehouse.outputs" must be a list.', pointer);
  return written.slice(0, MAX_FIELDS).map((item: unknown, index) => {
    const place = `${pointer}/${index}`;
    const field = isJsonObject(item) ? item : {};
    const id = optionalText(field, 'id', place);
    if (id === undefined) throw new ExtensionError('Each of "x-gatehouse.outputs" must have an "id".', place);
    const title = optionalText(field, 'title', place) ?? humanise(id);
    return withSample({ id, title }, ownMember(field, 'sample'));
  });
}

/** The JSON of the first 2xx answer in the document's order, or of `default`. */
function responseMedia(document: JsonObject, operation: JsonObject): JsonObject | undefined {
  const responses = objectMember(operation, 'responses');
  const names = Object.keys(responses).filter((name) => /^2(?:\d\d|XX)$/i.test(name));
  for (const name of [...names, 'default']) {
    const content = objectMember(resolve(document, ownMember(responses, name)), 'content');
    const type = Object.keys(content).find((candidate) => /^(?:application\/(?:.+\+)?json|\*\/\*)/i.test(candidate));
    if (type !== undefined) return objectMember(content, type);
  }
  return undefined;
}

function example(document: JsonObject, media: JsonObject): unknown {
  const [first] = Object.values(objectMember(media, 'examples'));
  return ownMember(media, 'example') ?? ownMember(resolve(document, first), 'value');
}

interface Growing {
  readonly document: JsonObject;
  readonly fields: Map<string, OutputField>;
  schemas: number;
}

/** @param names the names that lead here; an item of a list is named `[]` */
function addFields(growing: Growing, node: unknown, seen: unknown, names: readonly string[], depth: number): void {
  const { document, fields } = growing;
  growing.schemas += 1;
  if (fields.size >= MAX_FIELDS || growing.schemas > MAX_SCHEMAS || depth < 0) return;
  const schema = flattenedSchema(document, node);
  const { valueType, isAny } = readPlainValue(document, schema);
  if (valueType === 'ARRAY') {
    const isWhole = names.length === 0;
    const place = isWhole ? [] : [...names, '[]'];
    return addFields(growing, ownMember(schema, 'items'), ownMember(seen, '0'), place, depth - 1);
  }
  const properties = valueType === 'OBJECT' && !isAny ? Object.entries(objectMembers(document, node).properties) : [];
  for (const [name, property] of properties)
    addFields(growing, property, ownMember(seen, name), [...names, name], depth - 1);
  if (properties.length > 0 || names.length === 0) return;
  const title = textMember(schema, 'title') ?? titleOf(names);
  const field = withSample({ id: idOf(names), title }, seen ?? schemaSample(schema));
  if (!fields.has(field.id)) fields.set(field.id, field);
}

function addSeen(fields: Map<string, OutputField>, value: unknown, names: readonly string[], depth: number): void {
  if (fields.size >= MAX_FIELDS || depth < 0) return;
  if (Array.isArray(value) && isJsonObject(value[0])) return addSeen(fields, value[0], [...names, '[]'], depth - 1);
  if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) addSeen(fields, member, [...names, name], depth - 1);
    return;
  }
  if (names.length > 0) fields.set(idOf(names), withSample({ id: idOf(names), title: titleOf(names) }, value));
}

function schemaSample(schema: JsonObject): unknown {
  return ownMember(schema, 'example') ?? listMember(schema, 'examples')[0] ?? ownMember(schema, 'default');
}

function withSample(field: { id: string; title: string }, sample: unknown): OutputField {
  if (sample === undefined || sample === null) return field;
  const text = typeof sample === 'string' ? sample : JSON.stringify(sample);
  return { ...field, sample: text.slice(0, MAX_SAMPLE_CHARACTERS) };
}

function idOf(names: readonly string[]): string {
  return names
    .join('__')
    .replaceAll('__[]__', '[]')
    .replace(/__\[\]$/, '[]');
}

function titleOf(names: readonly string[]): string {
  return humanise(names.filter((name) => name !== '[]').join(' '));
}
