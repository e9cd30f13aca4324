import { problem } from '#libs/errors';
import type { Parameters } from './grant.js';

/** @throws Problem invalid_request */
export function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined) throw problem('invalid_request', `The parameter ${name} is missing.`);
  return value;
}
