import type { EgressResponse } from '#libs/egress';

/** The body as JSON, or as text where it is none. Null when it is empty. */
export function bodyOf({ body }: EgressResponse): unknown {
  const text = body.toString('utf8');
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
