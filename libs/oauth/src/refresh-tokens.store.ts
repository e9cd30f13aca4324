import { Injectable, Logger } from '@nestjs/common';
import { mintToken, readToken, Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { MAX_REFRESH_GRACE_SECONDS, type Client } from '#libs/tenants';
import { Sealer } from '#libs/vault';
import { AccessTokens } from './access-tokens.js';
import { issueAccessToken, type TokenPair } from './authorization-access-token.js';
import { AuthorizationGrants, IS_LIVE } from './authorization-grants.store.js';
import type { GrantFacts, LiveGrant } from './grant-facts.js';

/** For so long a reused token still ends its family. After that it is only refused. */
const SPENT_KEPT_SECONDS = 90 * 86_400;

export interface FoundRefreshToken extends GrantFacts {
  tenantId: TenantId;
  grantId: string;
  /** When the user consented. */
  grantedAt: Date;
  isLive: boolean;
}

/** A token with its grant, both held until the transaction ends. */
type HeldToken = LiveGrant & {
  grantedAt: Date;
  generation: number;
  spentAt: Date | null;
  successor: string | null;
};

/** As the client is registered: `refreshGraceSeconds` is for how long a lost answer may be asked for again (protocol.md C11). */
type Presenter = Pick<Client, 'clientId' | 'refreshGraceSeconds' | 'refreshLifetimeSeconds'>;

/** What a grant gives to the access token that is asked for. It must wait for nothing: the grant is held meanwhile. */
type ScopesOf = (grant: LiveGrant) => string[];

type SealedPair = [accessToken: string, refreshToken: string, scope: string, expiresAt: number];

/** Refresh tokens: each is good once, and the family of one grant is one line (RFC 9700 §4.14.2). They end only with their client's `refreshLifetimeSeconds`. */
@Injectable()
export class RefreshTokens {
  readonly #log = new Logger('RefreshTokens');

  constructor(
    private readonly database: Database,
    private readonly grants: AuthorizationGrants,
    private readonly accessTokens: AccessTokens,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  /** Live or not. @returns null when there is none, or none any more */
  async find(token: string): Promise<FoundRefreshToken | null> {
    const named = readToken('refresh', token);
    if (!named) return null;
    const [row] = await this.database.of(named.tenantId).query<FoundRefreshToken>(
      `SELECT g.tenant_id AS "tenantId", g.client_id AS "clientId", g.user_id AS "userId", g.id AS "grantId", g.scopes, g.created_at AS "grantedAt",
              (t.spent_at IS NULL AND ${IS_LIVE}) AS "isLive"
         FROM refresh_tokens t
         JOIN authorization_grants g ON g.tenant_id = t.tenant_id AND g.id = t.grant_id
         JOIN users u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
        WHERE t.tenant_id = $1 AND t.digest = $2`,
      [named.tenantId, named.digest],
    );
    return row ?? null;
  }

  /** The first of a grant, which then lives on. */
  async begin(tenantId: TenantId, grantId: string, tx: Transaction): Promise<Secret<string>> {
    const { token, digest } = mintToken('refresh', tenantId);
    await tx.query(`INSERT INTO refresh_tokens (tenant_id, digest, grant_id, generation) VALUES ($1, $2, $3, 1)`, [
      tenantId,
      digest,
      grantId,
    ]);
    await this.grants.keepUntil(tenantId, grantId, null, tx);
    return new Secret(token);
  }

  /**
   * Spends a token for its successor and a new access token. The same token again, by its client within the grace and before the successor
   * is spent: the same successor, with the same access token unless that is not what is asked now. Any other reuse ends the grant.
   * @param scopesOf what it throws leaves the token unspent
   * @returns null when it is refused
   */
  async rotate(tenantId: TenantId, token: string, client: Presenter, scopesOf: ScopesOf): Promise<TokenPair | null> {
    const digest = readToken('refresh', token)?.digest;
    if (!digest) return null;
    const rotated = await this.database.of(tenantId).transaction(async (tx) => {
      const held = await this.#hold(tenantId, digest, client.clientId, tx);
      if (!held) return null;
      const end = refreshEnd(held.grantedAt, client);
      if (end !== null && end <= this.clock.now()) return null;
      if (held.spentAt === null) return this.#spend(tenantId, digest, held, scopesOf(held), tx);
      const sealed = await this.#successorInGrace(tenantId, held, client, tx);
      if (sealed !== null) return { grant: held, sealed, scopes: scopesOf(held) };
      await this.grants.end(tenantId, held.id, tx);
      this.#log.warn({
        msg: 'A refresh token was reused: its grant ends.',
        tenant: tenantId,
        client: client.clientId,
        grant: held.id,
      });
      return null;
    });
    // Not inside: opening may have to read a key, on a second connection.
    return rotated && 'sealed' in rotated ? this.#again(tenantId, digest, rotated) : rotated;
  }

  /** Spent ones, across tenants: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const now = this.clock.now();
    const emptied = await this.database.overTenants.query(
      `UPDATE refresh_tokens SET successor = NULL WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM refresh_tokens WHERE successor IS NOT NULL AND spent_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [secondsAfter(now, -MAX_REFRESH_GRACE_SECONDS), limit],
    );
    const deleted = await this.database.overTenants.query(
      `DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM refresh_tokens WHERE spent_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [secondsAfter(now, -SPENT_KEPT_SECONDS), limit],
    );
    return Math.max(emptied.length, deleted.length);
  }

  async #hold(tenantId: TenantId, digest: Buffer, clientId: string, tx: Transaction): Promise<HeldToken | null> {
    const [held] = await tx.query<HeldToken>(
      `SELECT g.id, g.client_id AS "clientId", g.user_id AS "userId", g.scopes, g.created_at AS "grantedAt", t.generation, t.spent_at AS "spentAt", t.successor
         FROM refresh_tokens t
         JOIN authorization_grants g ON g.tenant_id = t.tenant_id AND g.id = t.grant_id
         JOIN users u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
        WHERE t.tenant_id = $1 AND t.digest = $2 AND g.client_id = $3 AND ${IS_LIVE}
          FOR NO KEY UPDATE OF g, t`,
      [tenantId, digest, clientId],
    );
    return held ?? null;
  }

  async #spend(
    tenantId: TenantId,
    digest: Buffer,
    grant: LiveGrant,
    scopes: string[],
    tx: Transaction,
  ): Promise<TokenPair> {
    const access = issueAccessToken(this.accessTokens, tenantId, grant, scopes);
    const successor = mintToken('refresh', tenantId);
    const pair: SealedPair = [access.token.reveal(), successor.token, scopes.join(' '), access.expiresAt.getTime()];
    const sealed = this.sealer.seal(purpose(tenantId, digest), Buffer.from(JSON.stringify(pair)));
    const made = await tx.query(
      `WITH spent AS (
         UPDATE refresh_tokens SET spent_at = $3, successor = $4
          WHERE tenant_id = $1 AND digest = $2 AND spent_at IS NULL RETURNING tenant_id, grant_id, generation)
       INSERT INTO refresh_tokens (tenant_id, digest, grant_id, generation)
       SELECT tenant_id, $5, grant_id, generation + 1 FROM spent RETURNING generation`,
      [tenantId, digest, this.clock.now(), sealed, successor.digest],
    );
    if (made.length !== 1) throw new Error('A refresh token was spent by somebody who did not hold its grant.');
    return { access, refreshToken: new Secret(successor.token) };
  }

  /** A statement of its own: the one that waited for the row still sees the table as it was before the wait. */
  async #successorInGrace(
    tenantId: TenantId,
    { id: grantId, generation, spentAt, successor }: HeldToken,
    { refreshGraceSeconds }: Presenter,
    tx: Transaction,
  ): Promise<string | null> {
    if (spentAt === null || refreshGraceSeconds === 0) return null;
    if (secondsAfter(spentAt, refreshGraceSeconds) < this.clock.now()) return null;
    const [next] = await tx.query(
      `SELECT 1 FROM refresh_tokens WHERE tenant_id = $1 AND grant_id = $2 AND generation = $3 AND spent_at IS NULL`,
      [tenantId, grantId, generation + 1],
    );
    return next === undefined ? null : successor;
  }

  /** The pair that was issued before; with another access token when that one is revoked, or was for other scopes than are asked now. */
  async #again(
    tenantId: TenantId,
    digest: Buffer,
    { grant, sealed, scopes }: { grant: LiveGrant; sealed: string; scopes: string[] },
  ): Promise<TokenPair | null> {
    const opened = await this.sealer.open(purpose(tenantId, digest), sealed);
    if (!opened) return null;
    const [token, refreshToken, scope, expiresAt] = JSON.parse(opened.toString('utf8')) as SealedPair;
    const isAsked = isSameSet(scope.split(' '), scopes) && (await this.accessTokens.find(token)) !== null;
    const access = isAsked
      ? { token: new Secret(token), scopes: scope.split(' '), expiresAt: new Date(expiresAt) }
      : issueAccessToken(this.accessTokens, tenantId, grant, scopes);
    return { access, refreshToken: new Secret(refreshToken) };
  }
}

/** When the last token of a grant ends, however often it was refreshed; null: never. */
export function refreshEnd(
  grantedAt: Date,
  { refreshLifetimeSeconds }: Pick<Client, 'refreshLifetimeSeconds'>,
): Date | null {
  return refreshLifetimeSeconds === null ? null : secondsAfter(grantedAt, refreshLifetimeSeconds);
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

/** Of the token that was spent: put into another row, it does not open. */
function purpose(tenantId: TenantId, digest: Buffer): [string, TenantId, string] {
  return ['refresh-successor', tenantId, digest.toString('base64url')];
}
