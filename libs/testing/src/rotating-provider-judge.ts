import type { GrantState, TokenRequest } from './rotating-provider-log.js';

/** What our side holds for a grant: the fingerprint of its refresh token, or null for nothing. */
export type Held = ReadonlyMap<string, string | null>;

/** Grants that are dead, or none of whose live refresh tokens is the one that we hold. */
export function lostGrants(states: readonly GrantState[], held: Held): string[] {
  return states
    .filter(({ grant }) => held.has(grant))
    .filter(({ grant, alive, live }) => !alive || !live.includes(held.get(grant) ?? ''))
    .map(({ grant }) => grant);
}

/** Of what is asked: successful refreshes, and presentations that killed a grant. */
export function countRequests(requests: readonly TokenRequest[]): { refreshes: number; reuse: number } {
  return {
    refreshes: requests.filter(({ outcome }) => outcome === 'issued').length,
    reuse: requests.filter(({ reuse }) => reuse).length,
  };
}

/** How often each refresh token was presented. */
export function presentations(requests: readonly TokenRequest[]): Map<string, TokenRequest[]> {
  const byToken = new Map<string, TokenRequest[]>();
  for (const request of requests) {
    const earlier = byToken.get(request.presented);
    if (earlier) earlier.push(request);
    else byToken.set(request.presented, [request]);
  }
  return byToken;
}
