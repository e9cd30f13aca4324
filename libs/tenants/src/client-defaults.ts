/** Grants that a client may be registered for, by the names that `POST …/clients` takes. Implicit is never a default (RFC 9700 §2.1.2). */
export const grantNames = [
  'token_exchange',
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'implicit',
] as const;
export type GrantName = (typeof grantNames)[number];

/** Scopes of a user token, contract §3. */
export const userScopes = [
  'profile',
  'connection:read',
  'connection:write',
  'authentication',
  'authentication:write',
  'zap',
  'zap:write',
  'action:run',
] as const;
/** Scopes of an app token. */
export const appScopes = [
  'webhook:read',
  'webhook:write',
  'connection:webhook:read',
  'connection:webhook:write',
] as const;

/** What a tenant's first client may do: everything but implicit. */
export const firstClient = {
  grants: grantNames.filter((grant) => grant !== 'implicit'),
  scopes: [...userScopes, ...appScopes] as string[],
};

export const knownScopes: readonly string[] = firstClient.scopes;

/** For how long a spent refresh token still gets what it was spent for (protocol.md C11): the most, and what a client has unless it says. */
/** Ten years: what is longer is without end. */
export const MAX_REFRESH_LIFETIME_SECONDS = 315_360_000;
export const MAX_REFRESH_GRACE_SECONDS = 30;
