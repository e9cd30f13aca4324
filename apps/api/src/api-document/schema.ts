/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Not written out: a reference carries what it refers to until the document is put together. */
const definition = Symbol('definition');

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };
export const real: Schema = { type: 'number' };
export const flag: Schema = { type: 'boolean' };
export const time: Schema = { type: 'string', format: 'date-time' };
export const uuid: Schema = { type: 'string', format: 'uuid' };
export const anything: Schema = {};

export function oneOf(...values: readonly (string | boolean)[]): Schema {
  return { enum: values };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function map(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

/** All of `members` are there, and some of `more` may be. */
export function object(members: Record<string, Schema>, more: Record<string, Schema> = {}): Schema {
  const required = Object.keys(members);
  return { type: 'object', properties: { ...members, ...more }, ...(required.length > 0 && { required }) };
}

export function either(...schemas: readonly Schema[]): Schema {
  return { anyOf: schemas };
}

export function orNull(schema: Schema): Schema {
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...(schema.enum as unknown[]), null] };
  return either(schema, { type: 'null' });
}

/** Written out once, under this name, and referred to from wherever it is used. */
export function named(name: string, schema: Schema): Schema {
  return { $ref: `#/components/schemas/${name}`, [definition]: schema };
}

/** @returns what the named schemas within `value` stand for. @throws Error when two differ under one name */
export function namedSchemas(value: unknown, found: Record<string, Schema> = {}): Record<string, Schema> {
  if (typeof value !== 'object' || value === null) return found;
  const { [definition]: defined, $ref } = value as { [definition]?: Schema; $ref?: string };
  const name = $ref?.split('/').at(-1) ?? '';
  if (defined && found[name] && found[name] !== defined) throw new Error(`Two schemas are called ${name}.`);
  if (defined && !found[name]) namedSchemas((found[name] = defined), found);
  for (const part of Object.values(value)) namedSchemas(part, found);
  return found;
}
