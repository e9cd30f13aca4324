import { DocumentError } from './document-error.js';
import type { FindKey } from './extension.js';
import { readInput } from './input.js';
import { boundInputs } from './input-definition.js';
import type { InputStyle, UnnamedInput } from './input-definition.js';
import { listMember, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import type { OperationSite } from './operation-site.js';
import { resolve } from './reference.js';
import { flattenedSchema } from './value-schema.js';

/** A place in the request that the connection fills, so that no input may. */
export interface ReservedParameter {
  readonly in: string;
  readonly name: string;
}

const LOCATIONS = ['path', 'query', 'header'] as const;
type Location = (typeof LOCATIONS)[number];

const STYLES: Readonly<Record<Location, readonly InputStyle[]>> = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
};

/**
 * OpenAPI 3.1.1 §4.8.12.1 ignores the first three. The rest say where a request goes, how it is framed or who sends it:
 * that is ours to decide, never an input's.
 */
const RESERVED_HEADERS =
  /^(?:accept|content-type|authorization|host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|cookie|proxy-.*)$/i;

/** RFC 9110 §5.6.2 token: what a header name is made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The operation's parameters, path ones first, then query, then header; one on the operation replaces one of the same name
 * and place on its path. Cookies are left out. Throws {@link DocumentError} for one that cannot be sent.
 */
export function readParameters(
  document: JsonObject,
  site: OperationSite,
  reserved: readonly ReservedParameter[],
  findKey: FindKey,
): UnnamedInput[] {
  const byPlace = new Map<string, JsonObject>();
  for (const node of [...listMember(site.pathItem, 'parameters'), ...listMember(site.operation, 'parameters')]) {
    const parameter = resolve(document, node);
    byPlace.set(JSON.stringify([parameter['in'], parameter['name']]), parameter);
  }
  boundInputs(byPlace.size, site.pointer);
  const parameters = [...byPlace.values()].filter((parameter) => !isReserved(parameter, reserved));
  return LOCATIONS.flatMap((location) =>
    parameters
      .filter((parameter) => parameter['in'] === location)
      .map((parameter) => readParameter(document, parameter, location, site.pointer, findKey)),
  );
}

function readParameter(
  document: JsonObject,
  node: JsonObject,
  location: Location,
  operationPointer: string,
  findKey: FindKey,
): UnnamedInput {
  const name = textMember(node, 'name') ?? '';
  const pointer = `${operationPointer}/parameters`;
  if (name === '' || (location === 'header' && !TOKEN.test(name))) {
    throw new DocumentError(`"${name}" cannot be the name of a ${location} parameter.`, pointer);
  }
  const { style, explode } = serialisation(node, location, pointer);
  const content = Object.values(objectMember(node, 'content'))[0];
  const whole = ownMember(content ?? node, 'schema');
  const schema = flattenedSchema(document, whole);
  const isRequired = location === 'path' || node['required'] === true;
  const place = { in: location, name, isRequired, style, explode };
  return readInput(document, { ...place, node, schema, whole, pointer }, findKey);
}

function serialisation(node: JsonObject, location: Location, pointer: string): { style: InputStyle; explode: boolean } {
  if (Object.keys(objectMember(node, 'content')).length > 0) return { style: 'json', explode: false };
  const fallback = location === 'query' ? 'form' : 'simple';
  const named = textMember(node, 'style') ?? fallback;
  const style = STYLES[location].find((candidate) => candidate === named);
  if (!style) throw new DocumentError(`The style "${named}" of a ${location} parameter is not supported.`, pointer);
  const explode = ownMember(node, 'explode');
  return { style, explode: typeof explode === 'boolean' ? explode : style === 'form' };
}

function isReserved(parameter: JsonObject, reserved: readonly ReservedParameter[]): boolean {
  const name = (textMember(parameter, 'name') ?? '').toLowerCase();
  if (parameter['in'] === 'header' && RESERVED_HEADERS.test(name)) return true;
  return reserved.some((place) => place.in === parameter['in'] && place.name.toLowerCase() === name);
}
