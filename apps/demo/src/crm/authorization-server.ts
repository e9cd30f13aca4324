import { Provider } from 'oidc-provider';
import { fileAdapter } from './adapter.js';
import type { CrmKeys } from './keys.js';
import { crmScopes } from './scopes.js';
import { errorPage } from './signin-pages.js';
import type { FileStore } from './store.js';
import { findUser } from './users.js';

export interface CrmClient {
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
  /** Named on the consent page. */
  name?: string;
}

export const oauthPaths = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  revoke: '/oauth/revoke',
  register: '/oauth/register',
  jwks: '/oauth/jwks',
} as const;

export const sessionCookie = 'acme_crm_session';

const day = 24 * 60 * 60;

const codeClient = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  token_endpoint_auth_method: 'client_secret_post' as const,
};

interface ServerOptions {
  origin: string;
  clients: readonly CrmClient[];
  accessTokenSeconds: number;
  refreshGraceSeconds: number;
  keys: CrmKeys;
  store: FileStore;
}

/**
 * An OAuth 2.0 server as strict as the strictest third parties: PKCE, two-minute opaque access tokens, and refresh
 * tokens that die when used; using a dead one kills the whole grant.
 */
export function createAuthorizationServer(options: ServerOptions): Provider {
  return new Provider(options.origin, {
    adapter: fileAdapter(options.store, options.refreshGraceSeconds),
    clients: options.clients.map(registration),
    clientDefaults: codeClient,
    jwks: options.keys.jwks,
    findAccount: (_ctx, id) => (findUser(id) ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
    scopes: ['openid', ...Object.keys(crmScopes)],
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // Each consent is a grant of its own, as connections are: revoking one leaves the others alone.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId ? ctx.oidc.provider.Grant.find(grantId) : undefined;
    },
    ttl: {
      AccessToken: options.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: 365 * day,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 90 * day,
      Session: 14 * day,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      // RFC 7591: where a partner gets credentials of its own, as it would on a third party's developer pages.
      registration: { enabled: true, initialAccessToken: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    routes: {
      authorization: oauthPaths.authorize,
      token: oauthPaths.token,
      revocation: oauthPaths.revoke,
      registration: oauthPaths.register,
      jwks: oauthPaths.jwks,
    },
    interactions: { url: (_ctx, interaction) => `/signin/${interaction.uid}` },
    // Cookies ignore ports: without a prefix of its own, a neighbour on localhost would overwrite them.
    cookies: {
      keys: options.keys.cookies,
      names: { session: sessionCookie, interaction: 'acme_crm_signin', resume: 'acme_crm_resume' },
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out.error_description ?? out.error);
    },
  });
}

function registration(client: CrmClient) {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    client_name: client.name ?? 'Acme Notes',
    redirect_uris: [...client.redirectUris],
    ...codeClient,
  };
}
