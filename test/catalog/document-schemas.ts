import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isObject, type Json, type RawDocument } from './raw-document.js';

const ID = 'https://document.test/';

/**
 * The schemas of a document's requests as JSON Schema 2020-12: of OpenAPI 3.0 its `nullable` and boolean bounds are said in today's words, and
 * what only the third party may write is not required. What they refer to is compiled once, however many do.
 */
export class DocumentSchemas {
  readonly #ajv = new Ajv2020({ strict: false, logger: false, inlineRefs: false });
  readonly #names = new Map<string, string>();
  readonly #compiled = new Map<unknown, ValidateFunction | null>();

  constructor(private readonly raw: RawDocument) {
    addFormats.default(this.#ajv);
  }

  /** False also for a schema that no validator takes. */
  permits(schema: unknown, value: unknown): boolean {
    const validate = this.#compiled.get(schema) ?? this.#compile(schema);
    this.#compiled.set(schema, validate);
    return validate?.(value) ?? false;
  }

  #compile(schema: unknown): ValidateFunction | null {
    if (this.#compiled.get(schema) === null) return null;
    const waiting: string[] = [];
    const own = translated(this.raw, schema, (reference) => this.#refer(reference, waiting));
    for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
      const referred = translated(this.raw, this.raw.at(reference), (next) => this.#refer(next, waiting));
      this.#ajv.addSchema(isObject(referred) ? referred : {}, this.#names.get(reference));
    }
    try {
      return this.#ajv.compile(isObject(own) ? own : {});
    } catch {
      return null;
    }
  }

  #refer(reference: string, waiting: string[]): string {
    const known = this.#names.get(reference);
    if (known !== undefined) return known;
    const name = `${ID}${this.#names.size}`;
    this.#names.set(reference, name);
    waiting.push(reference);
    return name;
  }
}

const SCHEMAS = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties'];
// prettier-ignore
const PLAIN = [
  'type', 'enum', 'const', 'format', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems', 'minimum', 'maximum',
  'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minProperties', 'maxProperties',
];

function translated(raw: RawDocument, node: unknown, refer: (reference: string) => string): unknown {
  if (!isObject(node)) return node !== false;
  if (typeof node.$ref === 'string') return { $ref: refer(node.$ref) };
  const inner = (member: unknown) => translated(raw, member, refer);
  const result: Json = {};
  for (const name of PLAIN) if (node[name] !== undefined) result[name] = node[name];
  for (const name of SCHEMAS) if (node[name] !== undefined) result[name] = inner(node[name]);
  for (const name of LISTS) if (Array.isArray(node[name])) result[name] = (node[name] as unknown[]).map(inner);
  for (const name of MAPS) if (isObject(node[name])) result[name] = mapped(node[name], inner);
  const required = writable(raw, node);
  if (required.length > 0) result.required = required;
  return nullable(withNumericBounds(result), node);
}

function mapped(object: Json, change: (member: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, change(member)]));
}

function writable(raw: RawDocument, { required, properties }: Json): string[] {
  if (!Array.isArray(required)) return [];
  const members = isObject(properties) ? properties : {};
  return (required as string[]).filter((name) => raw.resolve(members[name]).readOnly !== true);
}

function withNumericBounds(schema: Json): Json {
  const { exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  if (typeof exclusiveMinimum !== 'boolean' && typeof exclusiveMaximum !== 'boolean') return schema;
  return {
    ...rest,
    ...(exclusiveMinimum === true && { exclusiveMinimum: rest.minimum }),
    ...(exclusiveMaximum === true && { exclusiveMaximum: rest.maximum }),
  };
}

function nullable(schema: Json, { nullable: isNullable }: Json): Json {
  return isNullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}
