export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value) ? String(value) : undefined;
}
