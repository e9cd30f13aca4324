import { userScopes, type Client } from '#libs/tenants';
import { allowsScope } from './scopes.js';

/** Of what a client is registered for: what a user can allow it. */
export function scopesOfUsers({ scopes }: Client): string[] {
  return scopes.filter((scope) => userScopes.some((known) => known === scope));
}

/** Of what a user allowed: what its client is registered for to this day. */
export function stillAllowed(allowed: readonly string[], client: Client): string[] {
  const registered = scopesOfUsers(client);
  return allowed.filter((scope) => allowsScope(registered, scope));
}
