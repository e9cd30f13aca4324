export interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  minLength?: number;
  minimum?: number;
  minItems?: number;
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: '01a204d3-4013-70d6-885f-3249ef9930ad',
  uri: 'https://notes.acme.test/there',
  'date-time': '2026-01-31T12:00:00Z',
};

/** The least value that fits: what is not required is left out. A pattern is not looked at. */
export function leastOf(schema: JsonSchema): unknown {
  return valueOf(schema, () => false);
}

/** @param isWanted asked for each member that may be left out */
export function valueOf(schema: JsonSchema, isWanted: () => boolean): unknown {
  const { properties = {}, required = [], items = {}, anyOf } = schema;
  if (schema.enum) return schema.enum[0];
  if (anyOf?.[0]) return valueOf(anyOf[0], isWanted);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => required.includes(name) || isWanted())
          .map(([name, member]) => [name, valueOf(member, isWanted)]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? (isWanted() ? 1 : 0) }, () => valueOf(items, isWanted));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return FORMATS[schema.format ?? ''] ?? 'a'.repeat(Math.max(1, schema.minLength ?? 1));
  }
}
