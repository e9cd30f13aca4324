const TYPE = 'urn:ietf:params:oauth:token-type:';

/** Hyphens as Zapier has them; RFC 8693 registers `access_token` and `jwt` (protocol.md §3.4, §11). */
export const TOKEN_TYPES = {
  jwt: `${TYPE}external-jwt`,
  access: `${TYPE}access-token`,
  connect: `${TYPE}connect-token`,
} as const;

type TokenType = (typeof TOKEN_TYPES)[keyof typeof TOKEN_TYPES];

export const CLIENT_CREDENTIALS = 'client_credentials';

/** RFC 8693 §2.1 */
export function exchangeOf(subject: string, subjectType: TokenType, requestedType: TokenType): Record<string, string> {
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subject,
    subject_token_type: subjectType,
    requested_token_type: requestedType,
  };
}
