import { sha256 } from './digest.js';
import { randomToken } from './random-token.js';

const PREFIXES = {
  access: 'gate_at_',
  browser: 'gate_bt_',
  session: 'gate_sc_',
  client: 'gate_client_',
  clientSecret: 'gate_secret_',
  connect: 'gate_cc_',
  cookie: 'gate_cs_',
  state: 'gate_st_',
  code: 'gate_ac_',
  refresh: 'gate_rt_',
  login: 'gate_lc_',
  admin: 'gate_ak_',
  console: 'gate_cn_',
} as const;

export type TokenKind = keyof typeof PREFIXES;

/**
 * `<prefix><tenant>.<random>`: opaque to whoever holds it. It carries the tenant so that a look-up touches one tenant's rows only, and
 * a prefix that secret scanners know. Only the digest is stored.
 * @param tenantId a uuid
 */
export function mintToken(kind: TokenKind, tenantId: string): { token: string; digest: Buffer } {
  const token = namePrefix(kind, tenantId) + randomToken();
  return { token, digest: sha256(token) };
}

/** The tenant that a token names, and the token's digest. Null when the text has not the form of such a token. */
export function readToken(kind: TokenKind, token: string): { tenantId: string; digest: Buffer } | null {
  const named = readPrefix(kind, token);
  return named && /^[\w-]{43}$/.test(named.rest) ? { tenantId: named.tenantId, digest: sha256(token) } : null;
}

/** `<prefix><tenant>.`, which every token of ours begins with. */
export function namePrefix(kind: TokenKind, tenantId: string): string {
  return `${PREFIXES[kind]}${Buffer.from(tenantId.replaceAll('-', ''), 'hex').toString('base64url')}.`;
}

/** The tenant that a token names, and what follows. Null when it does not begin like such a token. */
export function readPrefix(kind: TokenKind, token: string): { tenantId: string; rest: string } | null {
  const prefix = PREFIXES[kind];
  if (!token.startsWith(prefix)) return null;
  const match = /^([\w-]{22})\.([\w-]+)$/.exec(token.slice(prefix.length));
  const bytes = match?.[1] === undefined ? null : Buffer.from(match[1], 'base64url');
  if (bytes?.length !== 16 || match?.[2] === undefined) return null;
  const hex = bytes.toString('hex');
  const tenantId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { tenantId, rest: match[2] };
}
