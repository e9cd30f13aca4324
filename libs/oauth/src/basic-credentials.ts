export interface ClientCredentialsPair {
  clientId: string;
  /** Null: a public client names itself. */
  clientSecret: string | null;
}

/**
 * HTTP Basic as RFC 6749 §2.3.1 has it: the two halves are form-encoded before they are joined. "The client MAY omit the parameter if the
 * client secret is an empty string", so an empty half is no secret, as an empty parameter is.
 * @returns null for anything else
 */
export function basicCredentials(authorization: string): ClientCredentialsPair | null {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) || null };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
