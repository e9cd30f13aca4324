const LEAST_SECONDS = 60;
const USUAL_SECONDS = 300;
const MOST_SECONDS = 86_400;

/**
 * For how many seconds a fetched JWK Set is fresh (RFC 9111 §4.2, protocol.md C20): `max-age` minus `Age`, within a minute and a day. A source
 * that wants no copy kept is asked once a minute.
 */
export function freshSeconds(headers: Readonly<Record<string, string>>): number {
  const directives = (headers['cache-control'] ?? '')
    .toLowerCase()
    .split(',')
    .map((text) => text.trim());
  if (directives.some((text) => /^no-(store|cache)\b/.test(text))) return LEAST_SECONDS;
  const ages = directives.flatMap((text) => /^max-age="?(\d+)"?$/.exec(text)?.[1] ?? []).map(Number);
  if (ages.length === 0) return USUAL_SECONDS;
  // RFC 9111 §4.2.1: of several, "either the first occurrence should be used or the response should be considered stale".
  const seconds = (ages[0] ?? 0) - ageOf(headers.age);
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds));
}

function ageOf(header: string | undefined): number {
  return /^\d+$/.test(header?.trim() ?? '') ? Number(header) : 0;
}
