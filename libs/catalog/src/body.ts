import type { FindKey } from './extension.js';
import { readInput } from './input.js';
import { boundInputs } from './input-definition.js';
import type { InputStyle, UnnamedInput } from './input-definition.js';
import { isJsonObject, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';
import type { OperationSite } from './operation-site.js';
import { readPart } from './multipart.js';
import { resolve } from './reference.js';
import { objectMembers } from './schema-merge.js';
import { membersCheck } from './value-check.js';
import { flattenedSchema } from './value-schema.js';

type BodyEncoding = 'json' | 'urlencoded' | 'multipart';

/** How the body inputs become a body: members of one object, or a single input that is the whole. */
export interface BodyDefinition {
  readonly contentType: string;
  readonly encoding: BodyEncoding;
  readonly layout: 'members' | 'whole';
  readonly isRequired: boolean;
  /** What the members must be together: see `membersCheck`. */
  readonly check?: string;
}

export interface ReadBody {
  readonly body: BodyDefinition | null;
  readonly inputs: readonly UnnamedInput[];
  /** The media types of a required body that we cannot write. */
  readonly unsupported?: string;
}

const NO_BODY: ReadBody = { body: null, inputs: [] };

/** The JSON, form or multipart body of an operation. A GET has none: its content has no meaning (RFC 9110 §9.3.1). */
export function readBody(document: JsonObject, site: OperationSite, findKey: FindKey): ReadBody {
  const node = ownMember(site.operation, 'requestBody');
  if (node === undefined || site.method === 'GET') return NO_BODY;
  const requestBody = resolve(document, node);
  const content = objectMember(requestBody, 'content');
  const isRequired = requestBody['required'] === true;
  const chosen = chooseMediaType(Object.keys(content));
  if (!chosen)
    return isRequired ? { ...NO_BODY, unsupported: Object.keys(content).join(', ') || 'none named' } : NO_BODY;
  const mediaType = objectMember(content, chosen.name);
  const pointer = `${site.pointer}/requestBody`;
  const whole = ownMember(mediaType, 'schema');
  const schema = flattenedSchema(document, whole);
  const { contentType, encoding } = chosen;
  const inputs = readMembers({ document, mediaType, schema, pointer, encoding }, findKey);
  if (encoding === 'multipart' && inputs.length === 0)
    return { ...NO_BODY, ...(isRequired && { unsupported: `${contentType} without named parts` }) };
  const layout = inputs.length > 0 || encoding === 'urlencoded' ? 'members' : 'whole';
  const body: BodyDefinition = { contentType, encoding, layout, isRequired };
  if (layout === 'members') {
    const check = membersCheck(document, whole);
    return { body: { ...body, ...(check !== undefined && { check }) }, inputs };
  }
  const input = {
    in: 'body',
    name: 'body',
    isRequired,
    style: 'json',
    explode: false,
    node: requestBody,
    schema,
    whole,
    pointer,
  } as const;
  return { body, inputs: [readInput(document, input, findKey)] };
}

interface MediaTypeChoice {
  readonly name: string;
  readonly contentType: string;
  readonly encoding: BodyEncoding;
}

function chooseMediaType(names: readonly string[]): MediaTypeChoice | undefined {
  const json =
    names.find((name) => essence(name) === 'application/json') ?? names.find((name) => essence(name).endsWith('+json'));
  if (json !== undefined) return { name: json, contentType: essence(json), encoding: 'json' };
  const form = names.find((name) => essence(name) === 'application/x-www-form-urlencoded');
  if (form !== undefined) return { name: form, contentType: essence(form), encoding: 'urlencoded' };
  const parts = names.find((name) => essence(name) === 'multipart/form-data');
  if (parts !== undefined) return { name: parts, contentType: essence(parts), encoding: 'multipart' };
  const range = names.find((name) => ['*/*', 'application/*'].includes(essence(name)));
  return range === undefined ? undefined : { name: range, contentType: 'application/json', encoding: 'json' };
}

/** A media type without its parameters (RFC 9110 §8.3.1: names are case-insensitive). */
function essence(name: string): string {
  return name.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

interface MemberSource {
  readonly document: JsonObject;
  readonly mediaType: JsonObject;
  readonly schema: JsonObject;
  readonly pointer: string;
  readonly encoding: BodyEncoding;
}

/** A property is required when its schema says so, whatever `requestBody.required` says: that one is `false` by default and often forgotten. */
function readMembers(
  { document, mediaType, schema, pointer, encoding }: MemberSource,
  findKey: FindKey,
): UnnamedInput[] {
  if (ownMember(schema, 'type') === 'array') return [];
  const { properties, required } = objectMembers(document, ownMember(mediaType, 'schema'));
  boundInputs(Object.keys(properties).length, pointer);
  const inputs: UnnamedInput[] = [];
  for (const [name, node] of Object.entries(properties)) {
    const property = flattenedSchema(document, node);
    if (node === false || property['readOnly'] === true) continue;
    const source = { in: 'body', name, isRequired: required.has(name), node: property, schema: property } as const;
    const style = memberStyle(mediaType, name, encoding === 'urlencoded');
    const part = encoding === 'multipart' ? readPart(mediaType, name, fileSchema(document, property)) : undefined;
    inputs.push(
      readInput(
        document,
        { ...source, ...style, ...(part && { part }), whole: node, pointer: pointer + toPointer([name]) },
        findKey,
      ),
    );
  }
  return inputs;
}

/** Its items are what they refer to. */
function fileSchema(document: JsonObject, property: JsonObject): JsonObject {
  const items = ownMember(property, 'items');
  return items === undefined ? property : { ...property, items: flattenedSchema(document, items) };
}

/** A form member is written as a query parameter is, in the style that the media type's `encoding` gives it. */
function memberStyle(mediaType: JsonObject, name: string, isForm: boolean): { style: InputStyle; explode: boolean } {
  if (!isForm) return { style: 'json', explode: false };
  const encoding = ownMember(objectMember(mediaType, 'encoding'), name);
  const style = isJsonObject(encoding) && textMember(encoding, 'style') === 'deepObject' ? 'deepObject' : 'form';
  const explode = isJsonObject(encoding) ? ownMember(encoding, 'explode') : undefined;
  return { style, explode: explode !== false };
}
