import { SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import type { Queryable } from '#libs/database';
import { secondsAfter } from '#libs/scheduling';
import { ROW_ID, ROW_TEXT } from './any-row.js';
import type { Parameter, TenantMethod } from './tenant-methods.js';

const DIGEST = Buffer.from(ROW_TEXT);
const CREDENTIALS = { kind: 'bearer', token: 'ours' };
const POLICY = { alg: 'ES256', rotateEveryDays: 90, activateAfterSeconds: 60, overlapSeconds: 60 };
const APP = {
  id: ROW_ID,
  key: ROW_TEXT,
  version: 1,
  title: 'App',
  enabled: true,
  upstreamId: ROW_ID,
  remoteId: ROW_TEXT,
  definition: { key: ROW_TEXT, title: 'App', security: { kind: 'bearer' }, actions: [], operations: {} },
};

/** All that names a row, or a part of one, by any name that a parameter's member has: those of the other tenant's row. */
const NAMES = {
  id: ROW_ID,
  rowId: ROW_ID,
  userId: ROW_ID,
  appId: ROW_ID,
  connectionId: ROW_ID,
  clientId: ROW_TEXT,
  key: ROW_TEXT,
  keyId: ROW_TEXT,
  kid: ROW_TEXT,
  kind: 'user',
  field: ROW_TEXT,
  subject: ROW_ID,
  user: ROW_TEXT,
  org: ROW_TEXT,
  keyDigest: DIGEST,
  fingerprint: DIGEST,
  generation: 1,
  limit: 10,
  offset: 0,
};
const ESTABLISHED = {
  title: 'Ours',
  status: 'connected',
  account: { id: null, label: null, profile: null },
  credentials: new Secret(CREDENTIALS),
  scopes: [],
};

/** What each type of argument is. One that is missing here is to be added, so that the method that takes it is called too. */
const OF_TYPE: Record<string, (now: Date) => unknown> = {
  number: () => 1,
  boolean: () => false,
  Buffer: () => DIGEST,
  Date: (now) => secondsAfter(now, 60),
  'Date | null': () => null,
  Actor: () => SYSTEM_ACTOR,
  TenantAppView: () => APP,
  KeyPolicy: () => POLICY,
  'Partial<KeyPolicy>': () => ({}),
  'Partial<ClientSettings>': () => ({ name: 'Ours' }),
  'Partial<NewTenant>': () => ({ name: 'Ours' }),
  UpstreamSettings: () => ({ title: 'Ours', mode: 'app', enabled: true, scopes: [] }),
  '{ now: Date; fetchingUntil: Date; attemptedBefore: Date | null }': (now) => ({
    now,
    fetchingUntil: now,
    attemptedBefore: null,
  }),
  WrappedKey: () => ({ generation: 1, keyId: ROW_TEXT, wrapped: DIGEST }),
  SelectedSecret: () => ({
    secretVersion: 1,
    secretGeneration: 1,
    secretSealed: DIGEST,
    secretKeyId: ROW_TEXT,
    secretWrapped: DIGEST,
  }),
  'readonly WrappedKey[]': () => [{ generation: 1, keyId: ROW_TEXT, wrapped: DIGEST }],
  'readonly StoredSecret[]': () => [],
  'readonly RemoteAccount[]': () => [{ id: ROW_TEXT, title: 'Ours', isExpired: false }],
  RemoteAccount: () => ({ id: ROW_TEXT, title: 'Ours', isExpired: false }),
  'readonly string[]': () => [ROW_ID],
  'readonly string[] | null': () => null,
  'Secret<unknown>': () => new Secret('ours'),
  'Secret<Credentials>': () => new Secret(CREDENTIALS),
  'Secret<string> | null': () => null,
  'AdoptedClient | null': () => ({ clientId: 'ours', clientSecret: new Secret('ours') }),
  'AdmittedKeys | null': () => null,
  LimitName: () => 'connect_session',
  DisabledKind: () => 'user',
  "'token' | 'grant'": () => 'grant',
  "SecretPlace['kind']": () => ROW_TEXT,
  JWTPayload: () => ({ sub: 'ours' }),
  BundleKey: () => ({ thumbprint: 'ours', encrypt: () => Promise.resolve('sealed') }),
  ScopesOf: () => () => ['zap'],
  EventPayload: () => ({}),
  EndpointFault: () => 'failing',
  WebhookParty: () => 'owner',
  Apps: () => new Map(),
  RevocationOutcome: () => 'revoked',
};

/** Members that only some types have. */
const MEMBERS: Record<string, object> = {
  NewAdminKey: { name: 'Ours', readOnly: true, expiresAt: null },
  AdoptedApp: { summary: { key: ROW_TEXT, title: 'Ours', actionTypes: [] } },
  AppSummary: { title: 'Ours', actionTypes: [] },
  TenantAppChanges: { enabled: false },
  NewAttempt: { redirectUri: null, state: null, isStrict: false },
  NewLink: { userTitle: 'Ours', redirectUri: null, reconnectId: null, expiresInSeconds: 60 },
  NewConnection: ESTABLISHED,
  ImportedConnection: { ...ESTABLISHED, app: APP, isDated: false },
  Registration: { app: APP, title: 'Ours', fields: { token: 'ours' } },
  ConnectionSettingsChanges: { title: 'Ours' },
  EventAbout: { type: 'connection.updated' },
  KeptAnswer: { status: 200, body: {} },
  GrantFacts: { scopes: ['zap'] },
  NewCode: { redirectUri: 'https://ours.test', redirectUriGiven: true, codeChallenge: ROW_TEXT },
  NewAuthorizationRequest: {
    scopes: ['zap'],
    responseType: 'code',
    redirectUri: 'https://ours.test',
    redirectUriGiven: true,
    state: null,
    codeChallenge: ROW_TEXT,
    consentForced: false,
  },
  '{ kind: DisabledKind; id: string; isOver: boolean }': { isOver: true },
  '{ kind: DisabledKind; id: string; disabled: boolean }': { disabled: true },
  NewRun: { appVersion: 1, actionKey: ROW_TEXT, inputs: new Secret({}) },
  RotationOptions: {},
  NewKeyPair: { alg: 'ES256', publicJwk: { kty: 'EC' }, privateJwk: new Secret({ kty: 'EC' }) },
  "Pick<SigningKey, 'createdAt' | 'activatesAt' | 'overlapSeconds'>": {
    createdAt: new Date(),
    activatesAt: new Date(),
    overlapSeconds: 60,
  },
  NewClient: { name: 'Ours', grants: ['client_credentials'], scopes: ['zap'], redirectUris: [], isPublic: false },
  TrustSource: { jwksUri: 'https://ours.test/jwks', jwks: null },
  '{ title: string; fields: Record<string, unknown>; address: string | null }': {
    title: 'Ours',
    fields: {},
    address: null,
  },
  '{ path: string; what: string }': { path: '/v2/x', what: 'x' },
  SealedValue: { sealed: DIGEST },
  'readonly SealedReplacement[]': [{ rowId: ROW_ID, value: { generation: 1, sealed: DIGEST }, version: 1 }],
  'readonly { rowId: string; value: Secret<unknown> }[]': [{ rowId: 'fresh', value: new Secret('ours') }],
  LogFilter: { state: undefined, before: undefined },
  '{ url: string; types: SubscribableType[] | null }': { url: 'https://ours.test/hook', types: null },
  WebhookChanges: { enabled: false },
};
/** Those that name nothing but rows. */
const NAMES_ALONE = [
  'AuditPage',
  'AuditFilter',
  '{ id: string; key: string }',
  '{ limit: number; offset: number }',
  'Range',
  'ConnectionDirectoryFilter',
  'ConnectionFilter',
  'Place',
  'RevocationFilter',
  'IdempotentRequest',
  'RunDirectoryFilter',
  'RunFilter',
  'UserFilter',
  'AppFilter',
  'SecretPlace',
  "Omit<SecretPlace, 'rowId'>",
  "Omit<SecretPlace, 'field'> & { field?: string }",
  'Presenter',
];

/** For `method` with a tenant of our own: whatever it asks for names the other tenant's rows. */
export function argumentsOf({ service, method, parameters }: TenantMethod, tx: Queryable, now: Date): unknown[] {
  return parameters.map((parameter) => {
    const value = argumentOf(parameter, tx, now);
    if (value === undefined && !parameter.type.includes('undefined'))
      throw new Error(`Say how to call ${service}.${method}: what is ${parameter.name}: ${parameter.type}?`);
    return value;
  });
}

function argumentOf({ name, type }: Parameter, tx: Queryable, now: Date): unknown {
  if (type === 'Transaction' || type === 'Queryable') return tx;
  if (type.includes('=>')) return () => Promise.resolve(undefined);
  if (/^string( \| (null|undefined))?$/.test(type)) return textOf(name);
  if (type in OF_TYPE) return OF_TYPE[type]?.(now);
  const members = MEMBERS[type];
  if (Array.isArray(members)) return members;
  return members || NAMES_ALONE.includes(type) ? { ...NAMES, ...members } : undefined;
}

function textOf(name: string): string | null | undefined {
  if (name === 'address') return null;
  if (name === 'before') return undefined;
  if (/uri$/i.test(name)) return 'https://theirs.test/jwks';
  if (name === 'clientId') return ROW_TEXT;
  return /id$/i.test(name) || ['keyOrId', 'subject'].includes(name) ? ROW_ID : ROW_TEXT;
}
