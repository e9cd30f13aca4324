import { problem } from '#libs/errors';
import type { AuthenticatedClient, Parameters } from './grant.js';
import { required } from './required-parameter.js';
import { allowsScope, resolveScopes } from './scopes.js';
import { defaultRequestedType, requestedTokenType, type RequestedTokenType } from './token-type.js';

const BROWSER_SCOPES = ['profile', 'connection:read', 'connection:write', 'action:run', 'zap', 'zap:write'];

/** What is asked of the exchange, whoever the subject is. */
export interface ExchangeRequest {
  type: RequestedTokenType;
  /** As the client spelled the type, to be echoed. */
  urn: string;
  /** Null for an access token, which is for no one place. */
  resource: URL | null;
  /** What to grant of what the subject may give. @throws Problem invalid_scope */
  scopesOf: (allowed: readonly string[]) => string[];
}

/** @throws Problem invalid_request, or invalid_target for a page that is none of the tenant's */
export function exchangeRequest(parameters: Parameters, { tenant }: AuthenticatedClient): ExchangeRequest {
  const { scope, requested_token_type: urn = defaultRequestedType } = parameters;
  const type = requestedTokenType(urn);
  switch (type) {
    case 'connect-token':
      return { type, urn, resource: resourceOf(parameters), scopesOf: (allowed) => connectScopes(scope, allowed) };
    case 'browser-token': {
      const resource = resourceOf(parameters);
      if (!tenant.origins.includes(resource.origin))
        throw problem('invalid_target', `${resource.origin} is not one of the tenant's registered origins.`);
      return { type, urn, resource, scopesOf: (allowed) => resolveScopes(scope, ofBrowsers(allowed)) };
    }
    default:
      return { type, urn, resource: null, scopesOf: (allowed) => resolveScopes(scope, allowed) };
  }
}

function ofBrowsers(allowed: readonly string[]): string[] {
  return allowed.filter((scope) => BROWSER_SCOPES.some((name) => allowsScope([scope], name)));
}

function connectScopes(asked: string | undefined, allowed: readonly string[]): string[] {
  const scopes = resolveScopes(asked ?? 'connection:write', allowed);
  if (allowsScope(scopes, 'connection:write')) return scopes;
  throw problem('invalid_scope', 'A session code needs the scope connection:write.');
}

/** RFC 8707 §2: "Its value MUST be an absolute URI" and "MUST NOT include a fragment component". */
function resourceOf(parameters: Parameters): URL {
  const text = required(parameters, 'resource');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || text.includes('#')) {
    throw problem('invalid_request', 'The parameter resource is not an absolute http(s) URL without a fragment.');
  }
  return url;
}
