import { isObject, list, type Json, type RawDocument } from './raw-document.js';

const MAX_DEPTH = 8;
const FORMATS: Record<string, string> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  email: 'ada@example.com',
  binary: 'aGVsbG8=',
  uuid: '0190c2a0-0000-7000-8000-000000000001',
  uri: 'https://example.com/a',
  url: 'https://example.com/a',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
};

/** A value that the schema permits, as far as can be told from its plain keywords: required members alone, the first of alternatives. */
export function sampleValue(raw: RawDocument, node: unknown, depth = 0): unknown {
  const schema = merged(raw, node);
  if (schema.const !== undefined) return schema.const;
  const permitted = list(schema.enum).find((value) => value !== null && value !== '');
  if (permitted !== undefined) return permitted;
  const [alternative] = [...list(schema.oneOf), ...list(schema.anyOf)].filter((one) => !isNull(raw, one));
  if (alternative !== undefined && depth < MAX_DEPTH) return withAlternative(raw, schema, alternative, depth);
  switch (typeOf(schema)) {
    case 'string':
      return sampleText(schema);
    case 'integer':
    case 'number':
      return sampleNumber(schema);
    case 'boolean':
      return true;
    case 'array':
      return sampleList(raw, schema, depth);
    default:
      return sampleObject(raw, schema, depth);
  }
}

function withAlternative(raw: RawDocument, schema: Json, alternative: unknown, depth: number): unknown {
  const { oneOf: _, anyOf: __, ...own } = schema;
  return sampleValue(raw, { allOf: [own, alternative] }, depth + 1);
}

/** The keywords of a schema and all its parts; members and required names are joined. */
function merged(raw: RawDocument, node: unknown, hops = 0): Json {
  const { allOf, ...own } = raw.resolve(node);
  if (hops > 12) return own;
  const parts = [...list(allOf).map((part) => merged(raw, part, hops + 1)), own];
  const properties = Object.assign({}, ...parts.map((part) => part.properties)) as Json;
  const required = [...new Set(parts.flatMap((part) => list(part.required)))];
  const all = Object.assign({}, ...parts) as Json;
  return {
    ...all,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function isNull(raw: RawDocument, node: unknown): boolean {
  const { type, enum: values } = raw.resolve(node);
  return type === 'null' || (Array.isArray(values) && values.length === 1 && values[0] === null);
}

function typeOf(schema: Json): string | undefined {
  const type = Array.isArray(schema.type) ? (schema.type as string[]).find((name) => name !== 'null') : schema.type;
  if (typeof type === 'string') return type;
  if (isObject(schema.properties)) return 'object';
  if (schema.items !== undefined) return 'array';
  return schema.additionalProperties === undefined ? 'string' : 'object';
}

function sampleText(schema: Json): string {
  const shown = [schema.example, ...list(schema.examples), schema.default].find((value) => typeof value === 'string');
  const text = shown ?? FORMATS[String(schema.format)] ?? 'sample';
  const fits = typeof schema.pattern !== 'string' || matches(schema.pattern, text);
  const least = Number(schema.minLength ?? 0);
  const padded = (fits ? text : patternText(schema.pattern as string)).padEnd(least, 'x');
  return padded.slice(0, Number(schema.maxLength ?? padded.length));
}

/** What documents use most, tried in turn: literals and character classes one after the other, then some words. */
function patternText(pattern: string): string {
  const parts = pattern.matchAll(/\[((?:\\.|[^\]\\])+)\](?:\{(\d+)[^}]*\}|\+)?|\\d(?:\{(\d+)[^}]*\}|\+)?|([\w/:-])/g);
  const built = [...parts].map(([, set, times, digits, literal]) => {
    if (literal !== undefined) return literal;
    const character = ['0', 'a', 'A'].find((one) => matches(`[${set ?? String.raw`\d`}]`, one)) ?? '-';
    return character.repeat(Number(times ?? digits ?? 1));
  });
  const tries = [built.join(''), 'a', 'A', '1', 'abc', 'a-b', '#112233', 'ABCDEF0123456789', 'a'.repeat(32)];
  return tries.find((text) => matches(pattern, text)) ?? 'sample';
}

/** Some documents hold patterns of other languages. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

function sampleNumber(schema: Json): number {
  const step = typeof schema.multipleOf === 'number' ? schema.multipleOf : 1;
  const least = typeof schema.minimum === 'number' ? schema.minimum : 1;
  const most = typeof schema.maximum === 'number' ? schema.maximum : Infinity;
  const isExclusive = schema.exclusiveMinimum === true;
  const bound = typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum + step : least;
  return Math.min(Math.max(1, isExclusive ? bound + step : bound), most);
}

function sampleList(raw: RawDocument, schema: Json, depth: number): unknown[] {
  const count = Math.max(1, Number(schema.minItems ?? 0));
  if (depth >= MAX_DEPTH || Number(schema.maxItems ?? count) < 1) return [];
  return Array.from({ length: Math.min(count, 20) }, () => sampleValue(raw, schema.items ?? {}, depth + 1));
}

function sampleObject(raw: RawDocument, schema: Json, depth: number): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = list(schema.required).filter((name) => raw.resolve(properties[String(name)]).readOnly !== true);
  const members = names.map((name) => [name, sampleValue(raw, properties[String(name)] ?? {}, depth + 1)] as const);
  const all = depth >= MAX_DEPTH ? [] : members;
  return Object.fromEntries(all as [string, unknown][]);
}
