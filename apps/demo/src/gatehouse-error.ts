/** Why Gatehouse refused, in its own words. */
export class GatehouseError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The words in an error body of the API (`errors`), of OAuth (`error_description`) or of /admin (problem+json). */
export function errorWords(body: unknown, status: number): string {
  const errors = member(body, 'errors');
  const several = Array.isArray(errors) ? errors.slice(0, 5).flatMap((error: unknown) => wordsOf(error) ?? []) : [];
  return several.join(' ') || (wordsOf(body) ?? `Gatehouse answered ${status}.`);
}

function wordsOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  const names = ['detail', 'error_description', 'title', 'error'];
  return names.map((name) => textMember(error, name)).find((words) => words);
}

export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function textMember(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
