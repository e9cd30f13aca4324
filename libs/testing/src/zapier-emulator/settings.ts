import type { JSONWebKeySet } from 'jose';

/** What a partner agrees with Zapier before the first call (protocol.md §4). */
export interface PartnerRegistration {
  clientId: string;
  clientSecret: string;
  /** OAuth callbacks, and those of Connect. Their origins may open Connect as a popup. */
  redirectUris: string[];
  /** Further origins that may open Connect as a popup. */
  origins: string[];
  issuer: string;
  audience: string;
  /** Where the partner publishes its keys; or the keys themselves. */
  jwksUri: string | null;
  jwks: JSONWebKeySet | null;
  claims: { user: string; org: string };
  /** What user tokens may be asked for. */
  scopes: string[];
  /** What the app's own tokens may be asked for. */
  appScopes: string[];
  grants: Grant[];
}

export type Grant = 'authorization_code' | 'refresh_token' | 'client_credentials' | 'token_exchange' | 'implicit';

export interface RateLimit {
  /** Requests to the API in one window; null for no limit. */
  perAddress: number | null;
  perPartner: number | null;
  windowMilliseconds: number;
  /** For so long nobody behind the limit is answered. */
  cooldownMilliseconds: number;
}

/** As the guides give it. A shorter window is an accelerated clock. */
export const ZAPIER_LIMITS: RateLimit = {
  perAddress: 60,
  perPartner: 150,
  windowMilliseconds: 60_000,
  cooldownMilliseconds: 60_000,
};

export interface EmulatorSettings {
  /** Of the chance in rules with a probability. */
  seed: number;
  accessTokenSeconds: number;
  codeSeconds: number;
  connectTokenSeconds: number;
  /** A refresh token that was used less than this ago gives the same pair again. */
  refreshGraceSeconds: number;
  /** Whether a spent refresh token that comes again kills its family. */
  reuseKillsFamily: boolean;
  jwksCacheSeconds: number;
  /** An unknown key may have the partner's keys fetched again this long after the last time; null for never before the cache ends. */
  jwksRefetchSeconds: number | null;
  /** How long a run takes, and by the key of its action. */
  runMilliseconds: number;
  runMillisecondsOf: Record<string, number>;
  /** With `until_next_lookup`, listing the actions of an app ends the ids that were listed before. */
  actionIdsLive: 'always' | 'until_next_lookup';
  rateLimit: RateLimit | null;
  /** Callbacks may go to http and to this machine. Zapier allows neither. */
  localCallbacks: boolean;
  callbackBackoffMilliseconds: number;
  /** Callback signatures also name the run and the body (C36). Zapier's say the time alone. */
  callbackClaims: boolean;
  /** Who is signed in at Zapier, in the flows where that is a person. The consent page can change it. */
  account: string;
}

export const DEFAULT_SETTINGS: EmulatorSettings = {
  seed: 1,
  accessTokenSeconds: 36_000,
  codeSeconds: 120,
  connectTokenSeconds: 360,
  refreshGraceSeconds: 0,
  reuseKillsFamily: true,
  jwksCacheSeconds: 300,
  jwksRefetchSeconds: 30,
  runMilliseconds: 100,
  runMillisecondsOf: {},
  actionIdsLive: 'always',
  rateLimit: null,
  localCallbacks: true,
  callbackBackoffMilliseconds: 100,
  callbackClaims: false,
  account: 'ada@zapier.test',
};

const SCOPES = ['profile', 'zap', 'zap:write', 'zap:runs', 'zap:all', 'action:run', 'authentication'];
const MORE_SCOPES = ['authentication:write', 'connection:read', 'connection:write'];

export const DEFAULT_PARTNER: PartnerRegistration = {
  clientId: 'emulated-client',
  clientSecret: 'emulated-secret-of-the-partner',
  redirectUris: [],
  origins: [],
  issuer: 'https://partner.test',
  audience: 'connect.zapier.com',
  jwksUri: null,
  jwks: null,
  claims: { user: 'sub', org: 'org_id' },
  scopes: [...SCOPES, ...MORE_SCOPES],
  appScopes: ['external', 'promotions:read', 'promotions:write'],
  grants: ['authorization_code', 'refresh_token', 'client_credentials', 'token_exchange', 'implicit'],
};

export interface EmulatorOptions {
  /** 0 for any free one. */
  port?: number;
  host?: string;
  /** How the outside names it, where that is not `http://host:port`. */
  publicUrl?: string;
  /** What is left out is as in `DEFAULT_PARTNER`. None at all means one such partner. */
  partners?: Partial<PartnerRegistration>[];
  settings?: Partial<EmulatorSettings>;
}
