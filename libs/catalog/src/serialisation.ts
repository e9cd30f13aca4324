import type { InputStyle } from './input-definition.js';
import { jsonText } from './json-text.js';
import { isJsonObject } from './json.js';

/** OpenAPI's `simple` style (https://spec.openapis.org/oas/v3.1.1#style-values): items and pairs joined by commas. */
export function simpleText(
  value: unknown,
  style: InputStyle,
  explode: boolean,
  encode: (text: string) => string,
): string {
  if (style === 'json') return encode(jsonText(value));
  if (Array.isArray(value)) return value.map((item) => encode(scalarText(item))).join(',');
  if (!isJsonObject(value)) return encode(scalarText(value));
  const members = Object.entries(value).map(([name, member]) => [encode(name), encode(scalarText(member))]);
  return members.map((member) => member.join(explode ? '=' : ',')).join(',');
}

/** `name=value` pairs, percent-encoded, of a query parameter or a form's member; none for an empty list or object. */
export function formPairs(name: string, value: unknown, style: InputStyle, explode: boolean): string[] {
  if (style === 'json') return [pair(name, jsonText(value))];
  if (Array.isArray(value)) return listPairs(name, value, style, explode);
  if (!isJsonObject(value)) return [pair(name, scalarText(value))];
  if (style === 'deepObject')
    return Object.entries(value).flatMap(([key, member]) => deepPairs(`${name}[${key}]`, member));
  if (explode) return Object.entries(value).map(([key, member]) => pair(key, scalarText(member)));
  const flat = Object.entries(value).flatMap(([key, member]) => [key, scalarText(member)]);
  return flat.length === 0 ? [] : [joined(name, flat, style)];
}

function listPairs(name: string, items: readonly unknown[], style: InputStyle, explode: boolean): string[] {
  if (style === 'deepObject') return items.flatMap((item, index) => deepPairs(`${name}[${index}]`, item));
  if (explode) return items.map((item) => pair(name, scalarText(item)));
  return items.length === 0 ? [] : [joined(name, items.map(scalarText), style)];
}

/** Deeper levels are not defined by OpenAPI; brackets are what the APIs that use this style read. */
function deepPairs(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [pair(name, scalarText(value))];
  return Object.entries(value).flatMap(([key, member]) => deepPairs(`${name}[${key}]`, member));
}

function joined(name: string, values: readonly string[], style: InputStyle): string {
  const separators: Partial<Record<InputStyle, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };
  return `${encodeURIComponent(name)}=${values.map(encodeURIComponent).join(separators[style] ?? ',')}`;
}

function pair(name: string, value: string): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : jsonText(value);
}
