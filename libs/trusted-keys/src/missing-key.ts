import { secondsAfter } from '#libs/scheduling';
import { excerpt } from './excerpt.js';
import { COOLDOWN_SECONDS } from './key-renewal.js';
import type { TrustedKeySet } from './trusted-key-set.entity.js';

const KIDS_NAMED = 5;

/** A sentence for a kid that names no key of this set: what it holds instead, or why it does not use the key, and what to do next. */
export function whyMissing(set: TrustedKeySet, kid: string, now: Date): string {
  const ignored = [...set.uploadedIgnored, ...set.fetchedIgnored].find((key) => key.kid === kid);
  if (ignored) return `The key ${excerpt(kid)} is registered, but is not used. ${ignored.reason}`;
  const kids = [...(set.uploadedKeys ?? []), ...(set.fetchedKeys ?? [])].map((key) => key.kid);
  const named = kids.slice(0, KIDS_NAMED).map(excerpt).join(', ');
  const more = kids.length > KIDS_NAMED ? ` and ${kids.length - KIDS_NAMED} more` : '';
  return `kid ${excerpt(kid)} names no registered key. There are: ${named}${more}. ${advice(set, now)}`;
}

function advice({ jwksUri, fetchedAt, attemptedAt }: TrustedKeySet, now: Date): string {
  if (jwksUri === null || fetchedAt === null) return 'Upload the key, or sign with one of these.';
  const wait = secondsBetween(now, secondsAfter(attemptedAt ?? fetchedAt, COOLDOWN_SECONDS));
  const next =
    wait > 0
      ? `they are fetched again for an unknown kid in ${wait} s, or now by POST …/trust/refresh`
      : 'publish the key there';
  return `They were fetched ${secondsBetween(fetchedAt, now)} s ago: ${next}.`;
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.ceil((to.getTime() - from.getTime()) / 1000));
}
