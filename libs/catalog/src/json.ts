export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member of an object, or an element of an array by its decimal index; never something inherited. */
export function ownMember(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d{0,8})$/.test(name) ? (value as unknown[])[Number(name)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The member as an object, or an empty one. For places whose shape has been validated, or where a wrong one means "not given". */
export function objectMember(value: unknown, name: string): JsonObject {
  const member = ownMember(value, name);
  return isJsonObject(member) ? member : {};
}

export function listMember(value: unknown, name: string): unknown[] {
  const member = ownMember(value, name);
  return Array.isArray(member) ? (member as unknown[]) : [];
}

export function textMember(value: unknown, name: string): string | undefined {
  const member = ownMember(value, name);
  return typeof member === 'string' ? member : undefined;
}
