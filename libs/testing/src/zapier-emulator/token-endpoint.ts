import { exchangeCode } from './code-grant.js';
import type { Exchange, Handler } from './exchange.js';
import { TokenError } from './problem.js';
import { refreshTokens } from './refresh-grant.js';
import { ok, type Reply } from './reply.js';
import type { Grant, PartnerRegistration } from './settings.js';
import type { TokenAnswer } from './token-answer.js';
import { exchangeToken } from './token-exchange-grant.js';
import { authenticateClient, type Form, formOf, required, scopesIn } from './token-form.js';

type GrantHandler = (
  exchange: Exchange,
  partner: PartnerRegistration,
  form: Form,
) => TokenAnswer | Promise<TokenAnswer>;

const GRANTS: Record<string, [Grant, GrantHandler]> = {
  authorization_code: ['authorization_code', exchangeCode],
  refresh_token: ['refresh_token', refreshTokens],
  client_credentials: ['client_credentials', issueAppToken],
  'urn:ietf:params:oauth:grant-type:token-exchange': ['token_exchange', exchangeToken],
};

/** protocol.md §3 */
export const answerTokenRequest: Handler = async (exchange) => {
  try {
    const { fired } = exchange;
    if (fired.error_with_200) throw new TokenError(fired.error_with_200.error, 'The request was refused.', 200);
    const form = await formOf(exchange);
    const partner = authenticateClient(exchange, form);
    exchange.client = partner.clientId;
    const [name, grant] = GRANTS[required(form, 'grant_type')] ?? [];
    if (!name || !grant) throw new TokenError('unsupported_grant_type', 'The grant is not known.');
    if (!partner.grants.includes(name))
      throw new TokenError('unauthorized_client', 'The client may not use this grant.');
    return noStore(ok(shape(exchange, await grant(exchange, partner, form))));
  } catch (error) {
    if (error instanceof TokenError) return noStore(error.reply());
    throw error;
  }
};

/** No refresh token: the app asks again. */
function issueAppToken({ world, fired }: Exchange, partner: PartnerRegistration, form: Form): TokenAnswer {
  const asked = scopesIn(form, partner.appScopes);
  const scopes = asked.filter((scope) => !fired.without_scopes?.scopes.includes(scope));
  const { accessTokenSeconds } = world.settings;
  const grantee = { client: partner.clientId, user: null, scopes };
  const { token } = world.tokens.issueAccess(grantee, world.now() + accessTokenSeconds * 1000);
  return { access_token: token, expires_in: accessTokenSeconds, token_type: 'Bearer', scope: scopes.join(' ') };
}

function shape({ fired }: Exchange, { expires_in: seconds, ...answer }: TokenAnswer): object {
  if (fired.no_expires_in) return answer;
  return { ...answer, expires_in: fired.expires_in_as_string ? String(seconds) : seconds };
}

function noStore(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'cache-control': 'no-store', pragma: 'no-cache' } };
}
