import { problem } from '#libs/errors';
import type { Parameters } from './grant.js';

/**
 * The declared parameters of a form or query. RFC 6749 §3.2: "Parameters sent without a value MUST be treated as if they were omitted",
 * unrecognized ones are ignored, and "parameters MUST NOT be included more than once".
 * @param form as parsed: a repeated parameter is an array
 * @throws Problem invalid_request
 */
export function only(form: Record<string, unknown>, declared: readonly string[]): Parameters {
  const entries = declared.flatMap((name) => {
    const value = Object.hasOwn(form, name) ? form[name] : undefined;
    if (value === undefined || value === '') return [];
    if (typeof value !== 'string') throw problem('invalid_request', `The parameter ${name} is repeated.`);
    return [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
