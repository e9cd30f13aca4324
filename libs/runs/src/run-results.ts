import { toResults } from '#libs/catalog';
import type { EgressResponse } from '#libs/egress';
import { parseJson } from '#libs/json';

const MAX_RESULTS = 10_000;
const MAX_CHARACTERS = 1024 * 1024;

/** A body as JSON, or as text where it does not claim to be JSON. Null when it is empty. */
export function readAnswer({ body, headers }: EgressResponse): { body: unknown } | 'unreadable' {
  const text = body.toString('utf8');
  if (text.trim() === '') return { body: null };
  const value = parseJson(text);
  if (value !== undefined) return { body: value };
  return /[/+]json\b/i.test(headers['content-type'] ?? '') ? 'unreadable' : { body: text };
}

/** @returns a sentence when it is more than is kept: what is read from it can be many times as large as the answer was */
export function readResults(body: unknown): Record<string, unknown>[] | string {
  if (Array.isArray(body) && body.length > MAX_RESULTS) {
    return `It answered ${body.length} items, and at most ${MAX_RESULTS} are kept.`;
  }
  const results = toResults(body);
  if (JSON.stringify(results).length <= MAX_CHARACTERS) return results;
  return 'Its answer is larger than 1 MiB, and is not kept.';
}
