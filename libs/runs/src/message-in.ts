const MAX_LENGTH = 500;

/** The human sentence in an error body of any of the usual shapes (RFC 9457, `message`, `error`, `errors[]`). */
export function messageIn(body: unknown, depth = 0): string | null {
  if (typeof body === 'string') return body.trimStart().startsWith('<') ? null : body.slice(0, MAX_LENGTH);
  if (typeof body !== 'object' || body === null || depth > 10) return null;
  const members = body as Record<string, unknown>;
  for (const name of ['detail', 'message', 'error_description', 'title', 'error', 'errors']) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (typeof value === 'string' && value !== '') return value.slice(0, MAX_LENGTH);
    const nested: unknown = Array.isArray(value) ? value[0] : value;
    const found = typeof nested === 'object' || typeof nested === 'string' ? messageIn(nested, depth + 1) : null;
    if (found !== null) return found;
  }
  return null;
}
