import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import { requireClient } from './bearer.js';
import type { ConsentAsked } from './consents.js';
import type { Exchange, Handler } from './exchange.js';
import { layout } from './pages.js';
import { badRequest, notFound } from './problem.js';
import { page, redirect, type Reply } from './reply.js';

/** protocol.md §2. An unknown client or redirect URI is told to the person alone; all else goes back by redirect (C4). */
export const authorize: Handler = (exchange) => {
  const { world, query } = exchange;
  const partner = requireClient(exchange, 400);
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!partner.redirectUris.includes(redirectUri)) {
    throw badRequest('redirect_uri is not registered.', { parameter: 'redirect_uri' });
  }
  const type = query.get('response_type');
  const asked: ConsentAsked = {
    partner,
    redirectUri,
    type: type === 'token' ? 'token' : 'code',
    scopes: (query.get('scope') ?? '').split(' ').filter(Boolean),
    state: query.get('state'),
    challenge: query.get('code_challenge'),
  };
  const error = errorIn(asked, query);
  if (error) return goBack(exchange, asked, { error });
  const account = query.get('sign_up_email') ?? world.settings.account;
  const isApproved = exchange.world.consents.approved.has(approvalOf(asked, account));
  if (asked.type === 'token' && query.get('approval_prompt') === 'auto' && isApproved) {
    return allow(exchange, asked, account);
  }
  const id = randomUUID();
  exchange.world.consents.waiting.set(id, asked);
  return page(consentPage(id, partner.clientId, asked.scopes, account));
};

/** What the person decided. */
export const consent: Handler = (exchange) => {
  const form = new URLSearchParams(exchange.body);
  const id = form.get('id') ?? '';
  const asked = exchange.world.consents.waiting.get(id);
  if (!asked) throw notFound();
  exchange.world.consents.waiting.delete(id);
  exchange.client = asked.partner.clientId;
  if (form.get('decision') !== 'allow') return goBack(exchange, asked, { error: 'access_denied' });
  return allow(exchange, asked, form.get('account') ?? exchange.world.settings.account);
};

function errorIn({ partner, type, scopes, challenge }: ConsentAsked, query: URLSearchParams): string | null {
  const response = query.get('response_type');
  if (response !== 'code' && response !== 'token') return response ? 'unsupported_response_type' : 'invalid_request';
  if (!partner.grants.includes(type === 'token' ? 'implicit' : 'authorization_code')) return 'unauthorized_client';
  if (scopes.some((scope) => !partner.scopes.includes(scope))) return 'invalid_scope';
  if (type === 'code' && scopes.length === 0) return 'invalid_request';
  const method = query.get('code_challenge_method') ?? 'plain';
  return challenge !== null && method !== 'S256' ? 'invalid_request' : null;
}

function allow(exchange: Exchange, asked: ConsentAsked, account: string): Reply {
  const { world, fired } = exchange;
  const { partner, redirectUri, challenge, type } = asked;
  const user = world.people.account(account);
  const scopes = asked.scopes.filter((scope) => !fired.without_scopes?.scopes.includes(scope));
  const grantee = { client: partner.clientId, user, scopes };
  exchange.user = user.name;
  exchange.world.consents.approved.add(approvalOf(asked, account));
  const { codeSeconds, accessTokenSeconds } = world.settings;
  if (type === 'code') {
    const code = world.tokens.issueCode({
      ...grantee,
      redirectUri,
      challenge,
      expiresAt: world.now() + codeSeconds * 1000,
    });
    return goBack(exchange, asked, { code });
  }
  const { token } = world.tokens.issueAccess(grantee, world.now() + accessTokenSeconds * 1000);
  const lasting = { token_type: 'Bearer', expires_in: String(accessTokenSeconds), scope: scopes.join(' ') };
  return goBack(exchange, asked, { access_token: token, ...lasting });
}

function goBack(
  { fired }: Exchange,
  { redirectUri, type, state }: ConsentAsked,
  values: Record<string, string>,
): Reply {
  const query = new URLSearchParams({ ...values, ...(state !== null && { state }) });
  const url = new URL(redirectUri);
  if (type === 'code' || (values.error !== undefined && fired.error_in_query)) {
    for (const [name, value] of query) url.searchParams.append(name, value);
  } else {
    url.hash = query.toString();
  }
  return { ...redirect(url.href), status: 302 };
}

const approvalOf = ({ partner, scopes }: ConsentAsked, account: string) =>
  JSON.stringify([partner.clientId, account, scopes]);

function consentPage(id: string, client: string, scopes: readonly string[], account: string): string {
  return layout(
    'Allow access?',
    html`<p><b>${client}</b> asks for access to your account:</p>
      <ul>
        !${scopes.map((scope) => html`<li>${scope}</li>`).join('')}
      </ul>
      <form method="post" action="/oauth/consent">
        <input type="hidden" name="id" value="${id}" />
        <p>
          <label>Account <input name="account" type="email" value="${account}" required /></label>
        </p>
        <button name="decision" value="allow" data-zapier="allow">Allow</button>
        <button name="decision" value="deny" data-zapier="deny">Deny</button>
      </form>`,
  );
}
