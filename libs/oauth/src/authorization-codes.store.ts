import { Injectable } from '@nestjs/common';
import { mintToken, readToken } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { AuthorizationCode } from './authorization-code.entity.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import type { GrantFacts } from './grant-facts.js';

/** RFC 6749 §4.1.2 recommends at most ten minutes; two are enough for a redirect (protocol.md C3). */
const CODE_SECONDS = 120;

export type NewCode = Pick<AuthorizationCode, 'redirectUri' | 'redirectUriGiven' | 'codeChallenge'>;
export type UsedCode = NewCode & { grantId: string };

/** Authorization codes. One statement uses a code up. */
@Injectable()
export class AuthorizationCodes {
  constructor(
    private readonly grants: AuthorizationGrants,
    private readonly clock: Clock,
  ) {}

  /** With the grant that it stands for. */
  async issue(tenantId: TenantId, facts: GrantFacts, code: NewCode, tx: Transaction): Promise<string> {
    const grantId = await this.grants.create(tenantId, facts, CODE_SECONDS, tx);
    const { token, digest } = mintToken('code', tenantId);
    await tx.query(
      `INSERT INTO authorization_codes (tenant_id, digest, grant_id, redirect_uri, redirect_uri_given, code_challenge, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        tenantId,
        digest,
        grantId,
        code.redirectUri,
        code.redirectUriGiven,
        code.codeChallenge,
        secondsAfter(this.clock.now(), CODE_SECONDS),
      ],
    );
    return token;
  }

  /** @returns null when it is unknown, another client's, expired or was used before */
  async use(tenantId: TenantId, code: string, clientId: string, tx: Transaction): Promise<UsedCode | null> {
    const named = readToken('code', code);
    if (!named) return null;
    const [used] = await tx.query<UsedCode>(
      `UPDATE authorization_codes c SET used_at = $4
         FROM authorization_grants g
        WHERE c.tenant_id = $1 AND c.digest = $2 AND c.used_at IS NULL AND c.expires_at > $4
          AND g.tenant_id = c.tenant_id AND g.id = c.grant_id AND g.client_id = $3
        RETURNING c.grant_id AS "grantId", c.redirect_uri AS "redirectUri", c.redirect_uri_given AS "redirectUriGiven",
                  c.code_challenge AS "codeChallenge"`,
      [tenantId, named.digest, clientId, this.clock.now()],
    );
    return used ?? null;
  }

  /** The grant of a code that this client has used; null for any other. */
  async grantOfUsed(tenantId: TenantId, code: string, clientId: string, tx: Transaction): Promise<string | null> {
    const named = readToken('code', code);
    if (!named) return null;
    const [row] = await tx.query<{ grantId: string }>(
      `SELECT c.grant_id AS "grantId"
         FROM authorization_codes c JOIN authorization_grants g ON g.tenant_id = c.tenant_id AND g.id = c.grant_id
        WHERE c.tenant_id = $1 AND c.digest = $2 AND c.used_at IS NOT NULL AND g.client_id = $3`,
      [tenantId, named.digest, clientId],
    );
    return row?.grantId ?? null;
  }
}
