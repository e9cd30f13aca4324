/** What a failed refresh sets on `connections`. @param first the number of the first of its four parameters */
export function failing(first: number): string {
  const isMarked = `attempts > $${first + 2}`;
  return `due_at = $${first}, refresh_failures = refresh_failures + 1,
          failing_since = CASE WHEN $${first + 3} THEN coalesce(failing_since, $${first + 1}) END,
          attempt_at = CASE WHEN ${isMarked} THEN attempt_at END, first_attempt_at = CASE WHEN ${isMarked} THEN first_attempt_at END,
          attempt_version = CASE WHEN ${isMarked} THEN attempt_version END, attempts = greatest(attempts - $${first + 2}, 0),
          lease_until = NULL, lease_owner = NULL`;
}

/** What a refresh that worked sets. @param first the number of the first of its five parameters */
export function renewal(first: number): string {
  const parameter = (index: number) => `$${first + index}`;
  const times = { expiresAt: parameter(0), obtainedAt: parameter(1), dueAt: parameter(3) };
  return `scopes = ${parameter(2)}, ${renewalOfTimes({ ...times, keepAliveSeconds: parameter(4) })}`;
}

interface RenewalValues {
  expiresAt: string;
  obtainedAt: string;
  dueAt: string;
  keepAliveSeconds: string;
}

/** The same where the scopes stay what they are. @param values as SQL expressions */
export function renewalOfTimes({ expiresAt, obtainedAt, dueAt, keepAliveSeconds }: RenewalValues): string {
  return `expires_at = ${expiresAt}, last_refreshed_at = ${obtainedAt}, due_at = ${dueAt},
          keep_alive_seconds = ${keepAliveSeconds}, disabled_from = CASE WHEN disabled_from IS NOT NULL THEN 'connected' END, warn_at = NULL,
          refresh_failures = 0, failing_since = NULL, attempt_at = NULL, first_attempt_at = NULL,
          attempt_version = NULL, attempts = 0, lease_until = NULL, lease_owner = NULL`;
}
