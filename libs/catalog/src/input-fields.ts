import type { EnumerationValue } from './enumeration.js';
import type { LiveChoices } from './choices-extension.js';
import type { FieldFormat } from './field-format.js';
import type { InputDefinition, InputLocation } from './input-definition.js';
import type { OperationDefinition } from './operation.js';
import type { ValueType } from './schema-type.js';
import type { ValueSchema } from './value-schema.js';

/** An input as it is shown. `in` and `name` say where its value goes. */
export interface InputField {
  readonly id: string;
  readonly in: InputLocation;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly required: boolean;
  readonly valueType: ValueType;
  readonly itemsType?: ValueType;
  readonly format?: FieldFormat;
  readonly defaultValue: string;
  readonly placeholder: string;
  readonly dependsOn: readonly string[];
  readonly choices?: StaticFieldChoices | LiveFieldChoices;
}

interface StaticFieldChoices {
  readonly kind: 'static';
  readonly values: readonly { readonly value: string; readonly label: string }[];
}

interface LiveFieldChoices extends LiveChoices {
  readonly kind: 'live';
}

/** The inputs of an operation in order: path, query, header, body. */
export function inputFields(operation: OperationDefinition): InputField[] {
  return operation.inputs.map(toField);
}

/** The InputField of Zapier's wire (protocol.md §7.6). Shown as published: `format` and `items` are absent when there are none. */
export function toWireInputField(field: InputField): WireInputField {
  return {
    type: 'input_field',
    id: field.id,
    title: field.title,
    description: field.description,
    default_value: field.defaultValue,
    placeholder: field.placeholder,
    is_required: field.required,
    value_type: field.valueType,
    ...(field.format && { format: field.format }),
    ...(field.itemsType && { items: { type: field.itemsType } }),
    depends_on: [...field.dependsOn],
    invalidates_input_fields: false,
  };
}

export interface WireInputField {
  type: 'input_field';
  id: string;
  title: string;
  description: string;
  default_value: string;
  placeholder: string;
  is_required: boolean;
  value_type: ValueType;
  format?: FieldFormat;
  items?: { type: ValueType };
  depends_on: string[];
  /** Our fields come from a document, so no input changes which fields there are. */
  invalidates_input_fields: boolean;
}

function toField(input: InputDefinition): InputField {
  const choices = fieldChoices(input);
  const { id, in: location, name, title, description, placeholder, dependsOn, format, schema } = input;
  return {
    id,
    in: location,
    name,
    title,
    description,
    required: input.isRequired,
    valueType: schema.valueType,
    ...(schema.items && { itemsType: schema.items.valueType }),
    ...(format && { format }),
    defaultValue: defaultText(schema.default),
    placeholder,
    dependsOn,
    ...(choices && { choices }),
  };
}

function fieldChoices({ choices, schema }: InputDefinition): InputField['choices'] {
  if (choices) return { kind: 'live', ...choices };
  const values = staticValues(schema.items?.enumeration ? schema.items : schema);
  return values && { kind: 'static', values };
}

function staticValues({ enumeration, valueType }: ValueSchema): StaticFieldChoices['values'] | undefined {
  if (enumeration) return enumeration.map(({ value, label }: EnumerationValue) => ({ value: wireText(value), label }));
  return valueType === 'BOOLEAN'
    ? [true, false].map((value) => ({ value: wireText(value), label: wireText(value) }))
    : undefined;
}

function defaultText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' || typeof value === 'boolean' ? wireText(value) : JSON.stringify(value);
}

/** On the wire a boolean is "True" or "False" (protocol.md §7.6). */
function wireText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
