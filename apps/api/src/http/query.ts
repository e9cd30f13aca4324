import { problem } from '#libs/errors';

/** @returns undefined when it is missing or empty. @throws Problem when it is repeated */
export function optionalParameter(query: Record<string, unknown>, parameter: string): string | undefined {
  const value = query[parameter];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw problem('invalid', `The query parameter ${parameter} is repeated. Send it once.`, { source: { parameter } });
}

/** @throws Problem when the parameter is missing, empty or repeated */
export function requiredParameter(query: Record<string, unknown>, parameter: string): string {
  const value = optionalParameter(query, parameter);
  if (value !== undefined) return value;
  throw problem('invalid', `The query parameter ${parameter} is required.`, { source: { parameter } });
}
