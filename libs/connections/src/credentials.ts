/** What the vault keeps for a connection, by kind of security scheme. */
export type Credentials =
  | {
      kind: 'oauth2';
      accessToken: string;
      refreshToken: string | null;
      scopes: string[];
      /** ISO 8601; null when the third party names no end. */
      expiresAt: string | null;
      obtainedAt: string;
    }
  | { kind: 'apiKey'; value: string }
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'bearer'; token: string }
  /** An account that an upstream holds: its id there. */
  | { kind: 'upstream'; id: string }
  | { kind: 'none' };
