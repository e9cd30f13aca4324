import { problem } from '#libs/errors';
import { appScopes, userScopes } from '#libs/tenants';

/** Two spellings of one scope (protocol.md C17): whichever was asked for is granted and echoed. */
const ALIASES: Record<string, string> = {
  authentication: 'connection:read',
  'authentication:write': 'connection:write',
  'connection:webhook:read': 'webhook:read',
  'connection:webhook:write': 'webhook:write',
};

const canonical = (scope: string) => ALIASES[scope] ?? scope;

/** No hierarchy: `zap:write` does not include `zap`. */
export function allowsScope(granted: readonly string[], needed: string): boolean {
  return granted.some((scope) => canonical(scope) === canonical(needed));
}

/**
 * What to grant of what was asked: all of it, or an error.
 * @param requested space-separated (RFC 6749 §3.3); undefined asks for all that is allowed
 * @throws Problem invalid_scope when it asks for an unknown scope or for more than `allowed`
 */
export function resolveScopes(requested: string | undefined, allowed: readonly string[]): string[] {
  const asked =
    requested === undefined ? [...allowed] : [...new Set(requested.split(' ').filter((scope) => scope !== ''))];
  if (asked.length === 0) throw problem('invalid_scope', 'No scope is left to grant. Ask for at least one.');
  const excessive = asked.find((scope) => !allowsScope(allowed, scope));
  if (excessive !== undefined) {
    throw problem(
      'invalid_scope',
      `This client and subject may not have "${excessive.slice(0, 64)}". Allowed: ${allowed.join(' ')}.`,
    );
  }
  return asked;
}

/**
 * As `resolveScopes`, for a token that speaks for no user.
 * @param clientScopes of users too: those are left out
 * @throws Problem invalid_scope, with a sentence of its own for a scope of users
 */
export function resolveAppScopes(requested: string | undefined, clientScopes: readonly string[]): string[] {
  const allowed = clientScopes.filter((scope) => appScopes.some((known) => known === scope));
  const ofUsers = requested?.split(' ').find((scope) => userScopes.some((known) => known === scope));
  if (ofUsers !== undefined) {
    throw problem(
      'invalid_scope',
      `The scope ${ofUsers} is for tokens of users, and this token has no user. Allowed: ${allowed.join(' ')}.`,
    );
  }
  if (allowed.length === 0) throw problem('invalid_scope', 'This client is registered for no scope of an app token.');
  return resolveScopes(requested, allowed);
}
