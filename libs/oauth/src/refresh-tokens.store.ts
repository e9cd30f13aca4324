import { Injectable, Logger } from '@nestjs/common';
import { mintToken, readToken, Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Sealer } from '#libs/vault';
import { AuthorizationGrants, type GrantFacts, type LiveGrant } from './authorization-grants.store.js';

/** A client that did not get our answer, or two workers of one client at once, get the same successor for this long (protocol.md C11). */
const GRACE_SECONDS = 30;
/** For so long a reused token still ends its family. After that it is only refused. */
const SPENT_KEPT_SECONDS = 90 * 86_400;

export interface FoundRefreshToken extends GrantFacts {
  tenantId: TenantId;
  grantId: string;
  isLive: boolean;
}

export interface IssuedAccessToken {
  token: Secret<string>;
  scopes: string[];
  expiresAt: Date;
}

export interface TokenPair {
  access: IssuedAccessToken;
  refreshToken: Secret<string>;
}

interface HeldToken {
  generation: number;
  spentAt: Date | null;
  successor: string | null;
}

type SealedPair = [accessToken: string, refreshToken: string, scope: string, expiresAt: number];

/** Refresh tokens: each is good once, and the family of one grant is one line (RFC 9700 §4.14.2). They do not expire. */
@Injectable()
export class RefreshTokens {
  readonly #log = new Logger('RefreshTokens');

  constructor(
    private readonly database: Database,
    private readonly grants: AuthorizationGrants,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {}

  /** Live or not. @returns null when there is none, or none any more */
  async find(token: string): Promise<FoundRefreshToken | null> {
    const named = readToken('refresh', token);
    if (!named) return null;
    const [row] = await this.database.query<FoundRefreshToken>(
      `SELECT g.tenant_id AS "tenantId", g.client_id AS "clientId", g.user_id AS "userId", g.id AS "grantId", g.scopes,
              (t.spent_at IS NULL AND g.revoked_at IS NULL AND u.disabled_at IS NULL) AS "isLive"
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
   * is spent: the same pair. Any other reuse ends the grant.
   * @param issue must wait for nothing: the grant is held meanwhile. What it throws leaves the token unspent
   * @returns null when it is refused
   */
  async rotate(
    tenantId: TenantId,
    token: string,
    clientId: string,
    issue: (grant: LiveGrant) => IssuedAccessToken,
  ): Promise<TokenPair | null> {
    const digest = readToken('refresh', token)?.digest;
    const found = digest && (await this.find(token));
    if (!found || found.tenantId !== tenantId || found.clientId !== clientId) return null;
    const sealed = await this.database.transaction(async (tx) => {
      const grant = await this.grants.hold(tenantId, found.grantId, tx);
      const held = grant && (await this.#held(tenantId, digest, tx));
      if (!held) return null;
      if (held.spentAt === null) return this.#spend(tenantId, digest, issue(grant), tx);
      const successor = await this.#successorInGrace(tenantId, grant.id, held, tx);
      if (successor !== null) return successor;
      await this.grants.end(tenantId, grant.id, tx);
      this.#log.warn({
        msg: 'A refresh token was reused: its grant ends.',
        tenant: tenantId,
        client: clientId,
        grant: grant.id,
      });
      return null;
    });
    // Not inside: opening may have to read a key, on a second connection.
    return sealed === null ? null : this.#open(tenantId, digest, sealed);
  }

  /** Spent ones, across tenants: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    const now = this.clock.now();
    await this.database.query(
      `UPDATE refresh_tokens SET successor = NULL WHERE successor IS NOT NULL AND spent_at < $1`,
      [secondsAfter(now, -GRACE_SECONDS)],
    );
    await this.database.query(`DELETE FROM refresh_tokens WHERE spent_at < $1`, [
      secondsAfter(now, -SPENT_KEPT_SECONDS),
    ]);
  }

  async #held(tenantId: TenantId, digest: Buffer, tx: Transaction): Promise<HeldToken | null> {
    const [row] = await tx.query<HeldToken>(
      `SELECT generation, spent_at AS "spentAt", successor FROM refresh_tokens WHERE tenant_id = $1 AND digest = $2`,
      [tenantId, digest],
    );
    return row ?? null;
  }

  async #spend(tenantId: TenantId, digest: Buffer, access: IssuedAccessToken, tx: Transaction): Promise<string> {
    const successor = mintToken('refresh', tenantId);
    const pair: SealedPair = [
      access.token.reveal(),
      successor.token,
      access.scopes.join(' '),
      access.expiresAt.getTime(),
    ];
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
    return sealed;
  }

  async #successorInGrace(
    tenantId: TenantId,
    grantId: string,
    { generation, spentAt, successor }: HeldToken,
    tx: Transaction,
  ): Promise<string | null> {
    if (spentAt === null || secondsAfter(spentAt, GRACE_SECONDS) < this.clock.now()) return null;
    const [next] = await tx.query(
      `SELECT 1 FROM refresh_tokens WHERE tenant_id = $1 AND grant_id = $2 AND generation = $3 AND spent_at IS NULL`,
      [tenantId, grantId, generation + 1],
    );
    return next === undefined ? null : successor;
  }

  async #open(tenantId: TenantId, digest: Buffer, sealed: string): Promise<TokenPair | null> {
    const opened = await this.sealer.open(purpose(tenantId, digest), sealed);
    if (!opened) return null;
    const [token, refreshToken, scope, expiresAt] = JSON.parse(opened.toString('utf8')) as SealedPair;
    const access = { token: new Secret(token), scopes: scope.split(' '), expiresAt: new Date(expiresAt) };
    return { access, refreshToken: new Secret(refreshToken) };
  }
}

/** Of the token that was spent: put into another row, it does not open. */
function purpose(tenantId: TenantId, digest: Buffer): [string, TenantId, string] {
  return ['refresh-successor', tenantId, digest.toString('base64url')];
}
