import { idText, isObject, textOf, type JsonObject } from './upstream-body.js';

const MAX_FIELDS = 1000;
const MAX_CHOICES = 1000;

const VALUE_TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT'] as const;
const FORMATS = ['DATETIME', 'MULTILINE', 'PASSWORD', 'CODE', 'READONLY', 'FILE', 'SELECT'] as const;

/** protocol.md §7.7, as our own choices. */
interface WireChoice {
  id: string;
  label: string;
  value: string;
}

/** Input fields, info fields and fieldsets in the form of the wire, whatever form they had; what can't be one is left out (protocol.md §7.6). */
export function toWireFields(items: readonly JsonObject[]): object[] {
  return items.slice(0, MAX_FIELDS).flatMap((item) => toFieldset(item) ?? toField(item) ?? []);
}

export function toWireOutputs(items: readonly JsonObject[]): object[] {
  return items.slice(0, MAX_FIELDS).flatMap((item) => {
    const id = idText(item.id) ?? idText(item.key);
    if (id === null) return [];
    const { sample } = item;
    const title = textOf(item.title) ?? textOf(item.label) ?? id;
    return [
      { type: 'output_field', id, title, ...(sample !== undefined && sample !== null && { sample: plain(sample) }) },
    ];
  });
}

/** Each once. */
export function toChoices(items: readonly JsonObject[]): WireChoice[] {
  const choices = new Map<string, WireChoice>();
  for (const item of items.slice(0, MAX_CHOICES)) {
    const id = idText(item.id) ?? idText(item.value);
    if (id === null || choices.has(id)) continue;
    const value = item.value === undefined || item.value === null ? id : plain(item.value);
    choices.set(id, { id, label: textOf(item.label) ?? value, value });
  }
  return [...choices.values()];
}

/** Has one level of fields only. */
function toFieldset(item: JsonObject): object | null {
  const id = idText(item.id);
  if (!Array.isArray(item.fields) || id === null) return null;
  const fields = item.fields.filter(isObject).slice(0, MAX_FIELDS);
  return {
    type: 'fieldset',
    id,
    title: textOf(item.title) ?? id,
    fields: fields.flatMap((field) => toField(field) ?? []),
  };
}

function toField(item: JsonObject): object | null {
  const id = idText(item.id) ?? idText(item.key);
  if (id === null) return null;
  const description = textOf(item.description) ?? '';
  if (item.type === 'info_field') return { type: 'info_field', id, description };
  const format = FORMATS.find((known) => known === textOf(item.format)?.toUpperCase());
  const items = isObject(item.items) ? valueType(item.items.type) : null;
  const dependsOn = Array.isArray(item.depends_on) ? item.depends_on : [];
  return {
    type: 'input_field',
    id,
    title: textOf(item.title) ?? textOf(item.label) ?? id,
    description,
    default_value: item.default_value === undefined || item.default_value === null ? '' : plain(item.default_value),
    placeholder: textOf(item.placeholder) ?? '',
    is_required: item.is_required === true,
    value_type: valueType(item.value_type) ?? 'STRING',
    ...(format && { format }),
    ...(items && { items: { type: items } }),
    depends_on: dependsOn.flatMap((name) => idText(name) ?? []),
    invalidates_input_fields: item.invalidates_input_fields === true,
  };
}

function valueType(value: unknown): string | null {
  return VALUE_TYPES.find((known) => known === textOf(value)?.toUpperCase()) ?? null;
}

/** On the wire a value is text, and a boolean "True" or "False". */
function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value) ?? '';
}
