import type { RefreshRotation } from '#libs/catalog';
import type { Connection } from '#libs/connections';
import { backoffSeconds, secondsAfter } from '#libs/scheduling';

/** Providers that take a token again do so for half a minute at least: after that it is as spent as any. */
const GRACE_SECONDS = 28;
/** Whatever swallowed two answers may still be there. */
const GRACE_PAUSE_SECONDS = 8;
/** A worker that is only slow has answered, or given up, by then. */
const STRICT_WAIT_SECONDS = 45;
const STRICT_MARGIN_SECONDS = 60;
const STRICT_MARGIN_PART = 0.1;
const BACKOFF = { first: 30, max: 3600 };

type Unanswered = Pick<Connection, 'attempts' | 'attemptAt' | 'firstAttemptAt' | 'expiresAt' | 'lastRefreshedAt'>;

/**
 * When a refresh token may be presented again whose last presentation has no known outcome: the worker died, or the answer was lost on its
 * way. A provider that takes a token only once ends the whole authorization when it sees it twice. There the access token that is still
 * good buys time, in which whoever has the answer can come back and store it.
 * @returns a time that may have passed
 */
export function presentAgainAt(rotation: RefreshRotation, unanswered: Unanswered): Date {
  const { attempts, attemptAt, firstAttemptAt, expiresAt, lastRefreshedAt } = unanswered;
  const last = attemptAt ?? lastRefreshedAt;
  if (rotation === 'non_rotating') return last;
  if (rotation === 'grace') {
    const again = attempts === 1 ? last : secondsAfter(last, GRACE_PAUSE_SECONDS);
    if (again <= secondsAfter(firstAttemptAt ?? last, GRACE_SECONDS)) return again;
  }
  if (attempts > 1 || rotation === 'grace')
    return secondsAfter(
      last,
      backoffSeconds(Math.max(1, attempts - 1), BACKOFF, () => 1),
    );
  const waited = secondsAfter(last, STRICT_WAIT_SECONDS);
  if (expiresAt === null) return waited;
  const lifeSeconds = (expiresAt.getTime() - lastRefreshedAt.getTime()) / 1000;
  const ending = secondsAfter(expiresAt, -Math.min(STRICT_MARGIN_SECONDS, STRICT_MARGIN_PART * lifeSeconds));
  return ending > waited ? ending : waited;
}

/** Whether a token is still taken again, and waits for nothing but that. */
export function isInGrace(rotation: RefreshRotation, { firstAttemptAt }: Unanswered, now: Date): boolean {
  return rotation === 'grace' && firstAttemptAt !== null && now <= secondsAfter(firstAttemptAt, GRACE_SECONDS);
}
