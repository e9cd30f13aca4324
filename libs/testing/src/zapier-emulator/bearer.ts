import type { Exchange } from './exchange.js';
import type { User } from './people.js';
import { ApiError, badRequest } from './problem.js';
import type { PartnerRegistration } from './settings.js';
import type { AccessToken } from './token-book.js';

interface Caller {
  client: string;
  user: User;
  scopes: string[];
}

/** Two spellings of one scope each (C17). */
const ALIASES: Record<string, string> = {
  authentication: 'connection:read',
  'authentication:write': 'connection:write',
};
const canonical = (scope: string) => ALIASES[scope] ?? scope;

/**
 * The user whose token came.
 * @throws ApiError 401 without a good token (C29), 403 when it lacks the scope
 */
export function requireUser(exchange: Exchange, scope: string): Caller {
  const { client, user, scopes } = requireToken(exchange);
  if (!user || !scopes.map(canonical).includes(canonical(scope))) {
    const challenge = `Bearer realm="zapier", error="insufficient_scope", scope="${scope}"`;
    const headers = { 'www-authenticate': challenge };
    throw new ApiError(403, 'permission_denied', `The token lacks the scope ${scope}.`, { headers });
  }
  return { client, user, scopes };
}

/** Public lists take a `client_id` in the query too; a token that is there wins. @returns the user, if there is one */
export function requireUserOrClient(exchange: Exchange, scope: string): User | null {
  if (exchange.headers.authorization !== undefined) return requireUser(exchange, scope).user;
  requireClient(exchange, 401);
  return null;
}

/** @throws ApiError with that status when the query names no known client */
export function requireClient(exchange: Exchange, status: number): PartnerRegistration {
  const id = exchange.query.get('client_id');
  const partner = id === null ? undefined : exchange.world.partners.get(id);
  if (!partner) {
    const detail = id === null ? 'Missing client_id in query parameters' : 'Unknown client_id';
    if (status === 400) throw badRequest(detail, { parameter: 'client_id' });
    throw new ApiError(status, 'not_authenticated', detail, { headers: challenge(null) });
  }
  exchange.client = partner.clientId;
  return partner;
}

/** Whose request it is, as far as it can be seen before it is looked at. */
export function clientOf({ world, headers, query }: Exchange): string | null {
  const named = query.get('client_id');
  return (
    world.tokens.access(bearerOf(headers.authorization) ?? '')?.client ??
    (named && world.partners.has(named) ? named : null)
  );
}

function requireToken(exchange: Exchange): AccessToken {
  const { world, headers, fired } = exchange;
  const bearer = bearerOf(headers.authorization);
  const token = bearer === null ? undefined : world.tokens.access(bearer);
  if (!token || token.expiresAt <= world.now() || fired.refuse_bearer) {
    if (bearer === null) throw refused('not_authenticated', 'Authentication credentials were not provided.', null);
    throw refused('authentication_failed', 'The token is not valid, or has expired.', 'invalid_token');
  }
  exchange.client = token.client;
  exchange.user = token.user?.name ?? null;
  return token;
}

function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

const refused = (code: string, detail: string, error: string | null) =>
  new ApiError(401, code, detail, { headers: challenge(error) });
const challenge = (error: string | null) => ({
  'www-authenticate': `Bearer realm="zapier"${error ? `, error="${error}"` : ''}`,
});
