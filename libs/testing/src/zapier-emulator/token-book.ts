import { randomBytes } from 'node:crypto';
import type { App } from './catalog.js';
import type { User } from './people.js';

export interface Grantee {
  client: string;
  /** Null for an app's own token. */
  user: User | null;
  scopes: string[];
}

export interface AccessToken extends Grantee {
  token: string;
  expiresAt: number;
  family: string;
}

export interface RefreshToken extends Grantee {
  token: string;
  family: string;
  usedAt: number | null;
  /** What its use gave. */
  successor: { access: AccessToken; refresh: RefreshToken } | null;
}

export interface Code extends Grantee {
  redirectUri: string;
  challenge: string | null;
  expiresAt: number;
  usedAt: number | null;
  family: string;
}

export interface ConnectToken {
  client: string;
  user: User;
  /** Null in the older form, which may name no resource. */
  app: App | null;
  expiresAt: number;
  usedAt: number | null;
}

/** Everything that was issued, for ever: a spent or ended one is told apart from one that never was. */
export class TokenBook {
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  readonly #codes = new Map<string, Code>();
  readonly #connect = new Map<string, ConnectToken>();
  readonly #dead = new Set<string>();

  issueAccess(grantee: Grantee, expiresAt: number, family = secret()): AccessToken {
    const { client, user, scopes } = grantee;
    const access = { client, user, scopes, token: secret(), expiresAt, family };
    this.#access.set(access.token, access);
    return access;
  }

  issueRefresh({ client, user, scopes }: Grantee, family: string): RefreshToken {
    const refresh = { client, user, scopes, token: secret(), family, usedAt: null, successor: null };
    this.#refresh.set(refresh.token, refresh);
    return refresh;
  }

  issueCode(code: Omit<Code, 'usedAt' | 'family'>): string {
    const text = secret();
    this.#codes.set(text, { ...code, usedAt: null, family: secret() });
    return text;
  }

  issueConnect(token: Omit<ConnectToken, 'usedAt'>): string {
    const text = secret();
    this.#connect.set(text, { ...token, usedAt: null });
    return text;
  }

  access(token: string): AccessToken | undefined {
    const found = this.#access.get(token);
    return found && !this.#dead.has(found.family) ? found : undefined;
  }

  refresh(token: string): RefreshToken | undefined {
    return this.#refresh.get(token);
  }

  code(code: string): Code | undefined {
    return this.#codes.get(code);
  }

  connect(token: string): ConnectToken | undefined {
    return this.#connect.get(token);
  }

  isDead(family: string): boolean {
    return this.#dead.has(family);
  }

  killFamily(family: string): void {
    this.#dead.add(family);
  }

  /** Their access tokens end before their time; their refresh tokens live on. */
  endAccess(user: User): void {
    for (const [token, access] of this.#access) if (access.user === user) this.#access.delete(token);
  }

  /** As when somebody withdraws their consent at Zapier. */
  revoke(user: User): void {
    for (const held of [...this.#access.values(), ...this.#refresh.values()]) {
      if (held.user === user) this.#dead.add(held.family);
    }
  }
}

const secret = () => randomBytes(24).toString('base64url');
