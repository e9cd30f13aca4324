import type { EgressResponse } from '#libs/egress';
import { parseJson } from '#libs/json';

/** The body as JSON, or as text where it is none. Null when it is empty. */
export function bodyOf({ body }: EgressResponse): unknown {
  const text = body.toString('utf8');
  if (text.trim() === '') return null;
  const value = parseJson(text);
  return value === undefined ? text : value;
}
