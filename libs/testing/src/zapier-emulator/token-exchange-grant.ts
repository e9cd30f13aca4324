import { type App, findApp } from './catalog.js';
import type { Exchange } from './exchange.js';
import { verifyPartnerJwt } from './partner-jwt.js';
import type { User } from './people.js';
import { TokenError } from './problem.js';
import type { PartnerRegistration } from './settings.js';
import type { TokenAnswer } from './token-answer.js';
import { type Form, required, scopesIn } from './token-form.js';

const PREFIX = 'urn:ietf:params:oauth:token-type:';
/** The hyphens are Zapier's, the underscore is that of RFC 8693: both are taken. */
const JWTS = ['external-jwt', 'jwt'].map((name) => PREFIX + name);
const ACCESS_TOKENS = ['access-token', 'access_token'].map((name) => PREFIX + name);
const CONNECT_TOKENS = ['connect-token', 'connect_token', 'session-code', 'session_code'].map((name) => PREFIX + name);

/** protocol.md §3.4 and §3.5 */
export async function exchangeToken(
  exchange: Exchange,
  partner: PartnerRegistration,
  form: Form,
): Promise<TokenAnswer> {
  const subject = required(form, 'subject_token');
  const subjectType = required(form, 'subject_token_type');
  const wanted = required(form, 'requested_token_type');
  if (ACCESS_TOKENS.includes(subjectType) && CONNECT_TOKENS.includes(wanted)) {
    const user = userOf(exchange, partner, subject);
    return issueConnectToken(exchange, partner, user, form, required(form, 'resource'));
  }
  const isKnown = ACCESS_TOKENS.includes(wanted) || CONNECT_TOKENS.includes(wanted);
  if (!JWTS.includes(subjectType) || !isKnown)
    throw new TokenError('invalid_request', 'The token types are not served.');
  const { org, sub } = await verifyPartnerJwt(exchange.world, partner, subject);
  const user = exchange.world.people.ofPartner(partner.clientId, org, sub);
  exchange.user = user.name;
  if (ACCESS_TOKENS.includes(wanted)) return issueAccessToken(exchange, partner, user, form);
  return issueConnectToken(exchange, partner, user, form, form.get('resource') ?? null);
}

/** No refresh token: the partner can always sign another JWT. */
function issueAccessToken(
  { world, fired }: Exchange,
  partner: PartnerRegistration,
  user: User,
  form: Form,
): TokenAnswer {
  const asked = scopesIn(form, partner.scopes);
  const scopes = asked.filter((scope) => !fired.without_scopes?.scopes.includes(scope));
  const seconds = world.settings.accessTokenSeconds;
  const { token } = world.tokens.issueAccess({ client: partner.clientId, user, scopes }, world.now() + seconds * 1000);
  return {
    access_token: token,
    issued_token_type: required(form, 'requested_token_type'),
    token_type: 'Bearer',
    expires_in: seconds,
    scope: scopes.join(' '),
  };
}

/** It is in `access_token` too, and no bearer of the API (C14). */
function issueConnectToken(
  { world }: Exchange,
  { clientId }: PartnerRegistration,
  user: User,
  form: Form,
  resource: string | null,
): TokenAnswer {
  const [scope] = scopesIn(form, ['connection:write']);
  const app = resource === null ? null : appIn(world.origin, resource);
  const seconds = world.settings.connectTokenSeconds;
  const token = world.tokens.issueConnect({ client: clientId, user, app, expiresAt: world.now() + seconds * 1000 });
  return {
    access_token: token,
    issued_token_type: required(form, 'requested_token_type'),
    token_type: 'N_A',
    expires_in: seconds,
    ...(scope !== undefined && { scope }),
  };
}

function userOf(exchange: Exchange, { clientId }: PartnerRegistration, token: string): User {
  const held = exchange.world.tokens.access(token);
  if (!held?.user || held.client !== clientId || held.expiresAt <= exchange.world.now()) {
    throw new TokenError('invalid_request', 'The subject token is not valid.');
  }
  exchange.user = held.user.name;
  return held.user;
}

/** The app whose Connect page the resource is (RFC 8707). */
function appIn(origin: string, resource: string): App {
  if (!URL.canParse(resource) || resource.includes('#')) {
    throw new TokenError('invalid_request', 'resource must be an absolute address without a fragment.');
  }
  const url = new URL(resource);
  const [, name = ''] = /^\/to\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  const app = findApp(decodeURIComponent(name));
  if (url.origin !== origin || !app) throw new TokenError('invalid_target', 'resource is not a page of Connect.');
  return app;
}
