import type { SecurityDefinition } from '#libs/catalog';

/**
 * Whether a key, a token, a user name or a password can be sent where its scheme wants it. RFC 9110 §5.5: a header takes visible ASCII, with
 * spaces inside; RFC 6750 §2.1: a bearer token none; RFC 7617 §2 refuses control characters; elsewhere a value is percent-encoded.
 */
export function isSendable(value: string, security: SecurityDefinition): boolean {
  if (security.kind === 'bearer') return /^[\x21-\x7e]+$/.test(value);
  if (security.kind === 'apiKey' && security.in === 'header')
    return /^[\x20-\x7e]+$/.test(value) && value.trim() === value;
  return !/[\p{Cc}\p{Cs}]/u.test(value);
}
