import { problem } from '#libs/errors';

/** @throws Problem when the parameter is missing, empty or repeated */
export function requiredParameter(query: Record<string, unknown>, parameter: string): string {
  const value = query[parameter];
  if (typeof value !== 'string' || value === '') {
    throw problem('invalid', `The query parameter ${parameter} is required, once.`, { source: { parameter } });
  }
  return value;
}
