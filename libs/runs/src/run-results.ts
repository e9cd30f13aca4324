import { toResults } from '#libs/catalog';
import type { EgressResponse } from '#libs/egress';

const MAX_RESULTS = 10_000;
const MAX_CHARACTERS = 1024 * 1024;

/** A body as JSON, or as text where it does not claim to be JSON. Null when it is empty. */
export function readAnswer({ body, headers }: EgressResponse): { body: unknown } | 'unreadable' {
  const text = body.toString('utf8');
  if (text.trim() === '') return { body: null };
  try {
    return { body: JSON.parse(text) as unknown };
  } catch {
    return /[/+]json\b/i.test(headers['content-type'] ?? '') ? 'unreadable' : { body: text };
  }
}

/** @returns a sentence when it is more than is kept: what is read from it can be many times as large as the answer was */
export function readResults(body: unknown): Record<string, unknown>[] | string {
  if (Array.isArray(body) && body.length > MAX_RESULTS) {
    return `It answered ${body.length} items, and at most ${MAX_RESULTS} are kept.`;
  }
  const results = toResults(body);
  return isKept(results) ? results : 'Its answer is larger than 1 MiB, or nested too deeply, and is not kept.';
}

function isKept(results: unknown): boolean {
  try {
    return JSON.stringify(results).length <= MAX_CHARACTERS;
  } catch {
    // Whoever would seal it would fail on it too.
    return false;
  }
}
