import type { FindKey } from './extension.js';
import { fieldExtension } from './field-extension.js';
import { schemaFormat } from './field-format.js';
import type { FieldFormat } from './field-format.js';
import type { InputLocation, InputStyle, UnnamedInput } from './input-definition.js';
import { listMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import type { PartDefinition } from './multipart.js';
import { humanise } from './title.js';
import { valueCheck } from './value-check.js';
import { readValueSchema } from './value-schema.js';
import type { ValueSchema } from './value-schema.js';

/** What a parameter and a body property have in common once their differences are read. */
export interface InputSource {
  readonly in: InputLocation;
  readonly name: string;
  readonly isRequired: boolean;
  readonly style: InputStyle;
  readonly explode: boolean;
  readonly part?: PartDefinition;
  /** The node with the description, example and `x-gatehouse`: the parameter, or the property's schema. */
  readonly node: JsonObject;
  readonly schema: JsonObject;
  /** The schema as it stands in the document. */
  readonly whole: unknown;
  readonly pointer: string;
}

export function readInput(document: JsonObject, source: InputSource, findKey: FindKey): UnnamedInput {
  const { node, schema, whole, pointer, ...place } = source;
  const extended = fieldExtension(ownMember(node, 'x-gatehouse') === undefined ? schema : node, pointer, findKey);
  const value = readValueSchema(document, schema, whole);
  const hasChoices = extended.choices !== undefined || hasStaticChoices(value);
  const check = valueCheck(document, whole);
  const format = extended.format ?? derivedFormat(schema, value, hasChoices);
  return {
    ...place,
    title: extended.title ?? textMember(schema, 'title') ?? humanise(place.name),
    description: textMember(node, 'description') ?? textMember(schema, 'description') ?? '',
    placeholder: extended.placeholder ?? example(node) ?? example(schema) ?? '',
    schema: value,
    ...(check !== undefined && { check }),
    ...(format && { format }),
    dependsOn: extended.dependsOn,
    ...(extended.choices && { choices: extended.choices }),
  };
}

/** A boolean is chosen too: it "arrives as SELECT with True and False" (protocol.md §7.6). */
function hasStaticChoices(schema: ValueSchema): boolean {
  return schema.valueType === 'BOOLEAN' || (schema.enumeration ?? schema.items?.enumeration) !== undefined;
}

function derivedFormat(schema: JsonObject, value: ValueSchema, hasChoices: boolean): FieldFormat | undefined {
  if (hasChoices) return 'SELECT';
  return value.valueType === 'STRING' ? schemaFormat(schema) : undefined;
}

function example(node: JsonObject): string | undefined {
  const value = ownMember(node, 'example') ?? listMember(node, 'examples')[0];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
