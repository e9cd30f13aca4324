import { DocumentError } from './document-error.js';
import { isJsonObject, listMember, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { resolve } from './reference.js';
import { objectMembers } from './schema-merge.js';
import { TEXT_FORMATS } from './text-format.js';
import { usablePattern } from './text-pattern.js';

/** References are laid out, so that a check takes time in proportion to the value. What lies beyond is the third party's to check. */
const MAX_NODES = 200;
const MAX_DEPTH = 10;
const MAX_VALUES = 1_000;
const MAX_CHARACTERS = 32_768;
/** How often one reference is followed inside itself. */
const MAX_TURNS = 2;

const TYPES = new Set<unknown>(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
// prettier-ignore
const UNREAD = [
  'if', 'contains', 'prefixItems', 'propertyNames', 'patternProperties', 'dependentRequired', 'dependentSchemas', 'unevaluatedItems',
  'unevaluatedProperties', '$dynamicRef',
];
const GROUPS = ['allOf', 'anyOf', 'oneOf'] as const;

/** A JSON Schema without references, in the words of draft 7. */
type Check = JsonObject | boolean;

interface Reach {
  readonly depth: number;
  readonly references: readonly string[];
  /** Members of the same object that only the third party writes, so that they are not required of anybody. */
  readonly readOnly: ReadonlySet<string>;
  /** Another schema describes the same object: `additionalProperties` would forbid what that one permits, which nobody means. */
  readonly isPart: boolean;
}

const ROOT: Reach = { depth: 0, references: [], readOnly: new Set(), isPart: false };

/**
 * What a schema of the document says of a value, as the JSON text of a bounded JSON Schema. OpenAPI 3.0's `nullable` and boolean bounds are
 * said in JSON Schema's words. Undefined where its type is all it says: that is seen to when the value is read.
 */
export function valueCheck(document: JsonObject, node: unknown): string | undefined {
  const check = translated(document, node);
  if (!isJsonObject(check)) return undefined;
  const { type, ...rest } = check;
  return Array.isArray(type) || Object.keys(rest).length > 0 ? bounded(check) : undefined;
}

/** What a body's schema says of its members together; undefined where it says nothing. */
export function membersCheck(document: JsonObject, node: unknown): string | undefined {
  const check = withoutMembers(translated(document, node));
  return check && bounded(check);
}

function translated(document: JsonObject, node: unknown): Check {
  try {
    return new Translation(document).schema(node, ROOT);
  } catch (error) {
    if (error instanceof DocumentError) return true;
    throw error;
  }
}

function bounded(check: JsonObject): string | undefined {
  const text = JSON.stringify(check);
  return text.length <= MAX_CHARACTERS ? text : undefined;
}

/** Each member is checked as the input that it is. */
function withoutMembers(check: Check): JsonObject | undefined {
  if (!isJsonObject(check)) return undefined;
  const { type: _, properties: __, required: ___, additionalProperties: ____, allOf, ...rest } = check;
  const parts = Array.isArray(allOf) ? allOf.flatMap((part) => withoutMembers(part as Check) ?? []) : [];
  const all = { ...rest, ...(parts.length > 0 && { allOf: parts }) };
  return Object.keys(all).length > 0 ? all : undefined;
}

class Translation {
  #nodes = 0;
  /** What was left out so far: a `not` without a part of it would refuse what it permits. */
  #lost = 0;

  constructor(private readonly document: JsonObject) {}

  schema(node: unknown, reach: Reach): Check {
    if (!isJsonObject(node)) return node !== false;
    const reference = textMember(node, '$ref');
    const turns = reach.references.filter((one) => one === reference).length;
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || reach.depth >= MAX_DEPTH || turns >= MAX_TURNS) return this.#lose();
    const schema = resolve(this.document, node);
    const references = reference === undefined ? reach.references : [...reach.references, reference];
    const here = { ...reach, references, depth: reach.depth + 1, readOnly: this.#readOnly(node, reach.readOnly) };
    if (UNREAD.some((name) => ownMember(schema, name) !== undefined)) this.#lose();
    const check = {
      ...this.#plain(schema),
      ...this.#members(schema, here),
      ...this.#items(schema, here),
      ...this.#groups(schema, here),
    };
    if (Object.keys(check).length === 0) return true;
    return schema['nullable'] === true ? orNull(check) : check;
  }

  #lose(): true {
    this.#lost += 1;
    return true;
  }

  #readOnly(node: unknown, outer: ReadonlySet<string>): ReadonlySet<string> {
    const { properties } = objectMembers(this.document, node);
    const names = Object.keys(properties).filter((name) => this.#isReadOnly(properties[name]));
    return names.length > 0 ? new Set([...outer, ...names]) : outer;
  }

  #isReadOnly(node: unknown): boolean {
    return resolve(this.document, node)['readOnly'] === true;
  }

  #plain(schema: JsonObject): JsonObject {
    const check: JsonObject = { ...this.#type(schema), ...this.#values(schema), ...bounds(schema) };
    for (const name of COUNTS) {
      const count = ownMember(schema, name);
      if (Number.isSafeInteger(count) && (count as number) >= 0) check[name] = count;
    }
    const step = ownMember(schema, 'multipleOf');
    if (typeof step === 'number' && step > 0) check['multipleOf'] = step;
    if (ownMember(schema, 'uniqueItems') === true) check['uniqueItems'] = true;
    const format = textMember(schema, 'format');
    if (format !== undefined && TEXT_FORMATS.has(format)) check['format'] = format;
    const pattern = textMember(schema, 'pattern');
    if (pattern !== undefined && usablePattern(pattern)) check['pattern'] = pattern;
    else if (pattern !== undefined) this.#lose();
    return check;
  }

  #type(schema: JsonObject): JsonObject {
    const type = ownMember(schema, 'type');
    const names: unknown[] = Array.isArray(type) ? [...new Set(type)] : [type];
    if (type === undefined) return {};
    if (names.length > 0 && names.every((name) => TYPES.has(name)))
      return { type: names.length === 1 ? names[0] : names };
    this.#lose();
    return {};
  }

  #values(schema: JsonObject): JsonObject {
    const values = listMember(schema, 'enum');
    if (values.length > MAX_VALUES) this.#lose();
    const constant = ownMember(schema, 'const');
    return {
      ...(values.length > 0 && values.length <= MAX_VALUES && { enum: values }),
      ...(constant !== undefined && { const: constant }),
    };
  }

  #members(schema: JsonObject, reach: Reach): JsonObject {
    const properties = objectMember(schema, 'properties');
    const names = listMember(schema, 'required').filter((name) => typeof name === 'string');
    const required = [...new Set(names)].filter((name) => !reach.readOnly.has(name));
    const inner = { ...reach, readOnly: ROOT.readOnly, isPart: false };
    const checks = Object.entries(properties).map(([name, node]): [string, Check] => {
      if (this.#isReadOnly(node)) return [name, true];
      const check = this.schema(node, inner);
      // Documents forget to say `nullable`: what null does to a member that may be left out is for the third party to say.
      return [name, names.includes(name) ? check : orNull(check)];
    });
    const additional = this.#additional(schema, reach, inner);
    const telling = additional === true ? checks.filter(([, check]) => check !== true) : checks;
    return {
      ...(telling.length > 0 && { properties: Object.fromEntries(telling) }),
      ...(required.length > 0 && { required }),
      ...(additional !== true && { additionalProperties: additional }),
    };
  }

  #additional(schema: JsonObject, { isPart }: Reach, inner: Reach): Check {
    const additional = ownMember(schema, 'additionalProperties');
    if (additional === undefined || additional === true) return true;
    const isAlone = !isPart && listMember(schema, 'allOf').length === 0;
    return isAlone && ownMember(schema, 'patternProperties') === undefined
      ? this.schema(additional, inner)
      : this.#lose();
  }

  #items(schema: JsonObject, reach: Reach): JsonObject {
    const items = ownMember(schema, 'items');
    if (items === undefined || ownMember(schema, 'prefixItems') !== undefined) return {};
    const check = this.schema(items, { ...reach, readOnly: ROOT.readOnly, isPart: false });
    return check === true ? {} : { items: check };
  }

  #groups(schema: JsonObject, reach: Reach): JsonObject {
    const hasOwn = reach.isPart || ownMember(schema, 'properties') !== undefined;
    const check: JsonObject = {};
    for (const name of GROUPS) {
      const nodes = listMember(schema, name);
      if (nodes.length === 0) continue;
      const before = this.#lost;
      const parts = nodes.map((node) => this.schema(node, { ...reach, isPart: hasOwn || name === 'allOf' }));
      // One that is known only in part can seem to fit beside the one that is meant.
      const kind = name === 'oneOf' && this.#lost > before ? 'anyOf' : name;
      const telling = kind === 'allOf' ? parts.filter((part) => part !== true) : parts;
      const isMoot = telling.length === 0 || (kind === 'anyOf' && telling.includes(true));
      if (!isMoot && check[kind] === undefined) check[kind] = telling;
    }
    const node = ownMember(schema, 'not');
    const before = this.#lost;
    const not = node === undefined ? undefined : this.schema(node, { ...reach, isPart: true });
    return not !== undefined && this.#lost === before ? { ...check, not } : check;
  }
}

/** In 3.1 an exclusive bound is a number; in 3.0 a boolean that says how the other bound is meant. */
function bounds(schema: JsonObject): JsonObject {
  const check: JsonObject = {};
  for (const [inclusive, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const bound = ownMember(schema, inclusive);
    const other = ownMember(schema, exclusive);
    if (typeof bound === 'number') check[other === true ? exclusive : inclusive] = bound;
    if (typeof other === 'number') check[exclusive] = other;
  }
  return check;
}

function orNull(check: Check): Check {
  if (!isJsonObject(check)) return check || { type: 'null' };
  const { type, enum: values, ...rest } = check;
  if (['const', 'not', ...GROUPS].some((name) => name in rest)) return { anyOf: [check, { type: 'null' }] };
  return {
    ...(type !== undefined && { type: [...new Set([type, 'null'].flat())] }),
    ...(Array.isArray(values) && { enum: [...new Set<unknown>([...(values as unknown[]), null])] }),
    ...rest,
  };
}
