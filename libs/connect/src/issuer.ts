import type { Oauth2Definition } from '#libs/catalog';

/**
 * RFC 9207 §2.4: an `iss` must be that of the server that was asked. Where the document names no issuer, its origin must be that of one of the
 * app's own endpoints. A response without one is taken: most servers send none.
 */
export function isIssuer(security: Oauth2Definition, iss: unknown): boolean {
  if (iss === undefined) return true;
  if (typeof iss !== 'string' || !URL.canParse(iss)) return false;
  if (security.issuer !== undefined) return iss === security.issuer;
  const origins = [security.authorizationUrl, security.tokenUrl].map((url) => new URL(url).origin);
  return origins.includes(new URL(iss).origin);
}
