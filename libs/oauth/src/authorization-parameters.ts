import { isStorable } from '#libs/database';
import { Problem } from '#libs/errors';
import type { Client, GrantName } from '#libs/tenants';
import { CHALLENGE_METHOD, isCodeChallenge } from './authorization-code-challenge.js';
import { AuthorizationError, authorizationFailures } from './authorization-error.js';
import { isRegistered } from './authorization-redirect-uri.js';
import type { ResponseType } from './authorization-request.entity.js';
import type { NewAuthorizationRequest } from './authorization-requests.store.js';
import { scopesOfUsers } from './authorization-scopes.js';
import { only } from './form-parameters.js';
import type { Parameters } from './grant.js';
import { resolveScopes } from './scopes.js';

const MAX_STATE_LENGTH = 512;
const PARAMETERS = [
  'response_type',
  'response_mode',
  'scope',
  'state',
  'approval_prompt',
  'code_challenge',
  'code_challenge_method',
];

/** Where an answer goes. */
export interface Addressee {
  redirectUri: string;
  /** Null: there was none, or none that could be echoed. */
  state: string | null;
}

/** As the code and the token endpoint need to know it. */
export type RedirectTarget = Addressee & { redirectUriGiven: boolean };

/** @throws AuthorizationFailure */
export function clientIdOf(query: Record<string, unknown>): string {
  const { client_id: clientId } = onlyOrPage(query, ['client_id']);
  if (clientId === undefined) throw authorizationFailures.malformed('The parameter client_id is missing.');
  return clientId;
}

/** @throws AuthorizationFailure unless the client has registered it: before this, an answer can go nowhere */
export function redirectTarget(query: Record<string, unknown>, { redirectUris }: Client): RedirectTarget {
  const { redirect_uri: requested } = onlyOrPage(query, ['redirect_uri']);
  const [alone, ...others] = redirectUris;
  const redirectUri = requested ?? (others.length === 0 ? alone : undefined);
  if (redirectUri === undefined) throw authorizationFailures.noRedirectUri();
  if (!isRegistered(redirectUris, redirectUri)) throw authorizationFailures.unregisteredRedirectUri();
  const { state } = query;
  return {
    redirectUri,
    redirectUriGiven: requested !== undefined,
    state: typeof state === 'string' && state !== '' && isEchoed(state) ? state : null,
  };
}

/**
 * What is asked, as far as the client may ask it. Unknown parameters are ignored, Zapier's prefill among them.
 * @throws AuthorizationError, or Problem invalid_request or invalid_scope
 */
export function authorizationRequest(
  query: Record<string, unknown>,
  client: Client,
  target: RedirectTarget,
): NewAuthorizationRequest {
  const parameters = only(query, PARAMETERS);
  const { state, scope } = parameters;
  if (state !== undefined && !isEchoed(state)) {
    throw new AuthorizationError(
      'invalid_request',
      `The parameter state is longer than ${MAX_STATE_LENGTH} characters, or holds NUL.`,
    );
  }
  const responseType = responseTypeOf(parameters);
  requireGrant(client, responseType);
  requireResponseMode(parameters, responseType);
  return {
    ...target,
    clientId: client.clientId,
    responseType,
    scopes: resolveScopes(scope, scopesOfUsers(client)),
    codeChallenge: responseType === 'code' ? codeChallengeOf(parameters, client) : null,
    consentForced: isConsentForced(parameters),
  };
}

/** @throws AuthorizationError when the client is not registered for the grant behind the response type */
export function requireGrant({ grants }: Client, responseType: ResponseType): void {
  const needed: GrantName = responseType === 'code' ? 'authorization_code' : 'implicit';
  if (grants.includes(needed)) return;
  // Contract §3: to whom it is not allowed, implicit does not exist.
  throw responseType === 'token'
    ? unsupported()
    : new AuthorizationError('unauthorized_client', `This client is not registered for the grant ${needed}.`);
}

function onlyOrPage(query: Record<string, unknown>, declared: readonly string[]): Parameters {
  try {
    return only(query, declared);
  } catch (error) {
    throw error instanceof Problem ? authorizationFailures.malformed(error.message) : error;
  }
}

function isEchoed(state: string): boolean {
  return state.length <= MAX_STATE_LENGTH && isStorable(state);
}

function responseTypeOf({ response_type: asked }: Parameters): ResponseType {
  if (asked === undefined) {
    throw new AuthorizationError('invalid_request', 'The parameter response_type is missing: give response_type=code.');
  }
  if (asked !== 'code' && asked !== 'token') throw unsupported();
  return asked;
}

/** OAuth 2.0 Multiple Response Types §2.1: each response type has a mode of its own, and no other is served. */
function requireResponseMode({ response_mode: asked }: Parameters, responseType: ResponseType): void {
  const own = responseType === 'code' ? 'query' : 'fragment';
  if (asked === undefined || asked === own) return;
  throw new AuthorizationError(
    'invalid_request',
    `With response_type=${responseType}, response_mode can only be ${own}.`,
  );
}

function unsupported(): AuthorizationError {
  return new AuthorizationError('unsupported_response_type', 'This client may ask for response_type=code alone.');
}

/** RFC 9700 §2.1.1: public clients MUST use PKCE. */
function codeChallengeOf({ code_challenge: challenge, code_challenge_method: method }: Parameters, client: Client) {
  if (challenge === undefined && method === undefined) {
    if (client.secretDigest !== null) return null;
    throw new AuthorizationError('invalid_request', 'A client without a secret must use PKCE: give code_challenge.');
  }
  if (challenge === undefined || !isCodeChallenge(challenge)) {
    throw new AuthorizationError('invalid_request', 'The parameter code_challenge must be 43 base64url characters.');
  }
  // RFC 7636 §4.3: without a method it is `plain`.
  if (method !== CHALLENGE_METHOD) {
    throw new AuthorizationError('invalid_request', `Give code_challenge_method=${CHALLENGE_METHOD}.`);
  }
  return challenge;
}

function isConsentForced({ approval_prompt: prompt }: Parameters): boolean {
  if (prompt === undefined || prompt === 'auto' || prompt === 'force') return prompt === 'force';
  throw new AuthorizationError('invalid_request', 'The parameter approval_prompt must be auto or force.');
}
