import { Injectable } from '@nestjs/common';
import { digestsEqual, mintToken, readToken, sha256 } from '#libs/crypto';
import { Database, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { AuthorizationRequest } from './authorization-request.entity.js';

/** For the user to sign in and to decide. */
export const REQUEST_SECONDS = 600;

/** What the client asked, checked. */
export type NewAuthorizationRequest = Pick<
  AuthorizationRequest,
  | 'clientId'
  | 'responseType'
  | 'redirectUri'
  | 'redirectUriGiven'
  | 'scopes'
  | 'state'
  | 'codeChallenge'
  | 'consentForced'
>;

/** A request whose user has signed in. */
export type SignedInRequest = AuthorizationRequest & {
  userId: string;
  /** As the assertion named the user. */
  userSubject: string;
};

const columns = `
  tenant_id AS "tenantId", id, challenge_digest AS "challengeDigest", cookie_digest AS "cookieDigest", client_id AS "clientId",
  response_type AS "responseType", redirect_uri AS "redirectUri", redirect_uri_given AS "redirectUriGiven", scopes, state,
  code_challenge AS "codeChallenge", consent_forced AS "consentForced", user_id AS "userId", expires_at AS "expiresAt"`;

/** Requests under way. One statement names the user of each, one ends it. */
@Injectable()
export class AuthorizationRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async begin(
    tenantId: TenantId,
    request: NewAuthorizationRequest,
  ): Promise<{ id: string; challenge: string; cookie: string }> {
    const id = newId();
    const challenge = mintToken('login', tenantId);
    const cookie = mintToken('cookie', tenantId);
    await this.database.of(tenantId).query(
      `INSERT INTO authorization_requests (tenant_id, id, challenge_digest, cookie_digest, client_id, response_type, redirect_uri,
              redirect_uri_given, scopes, state, code_challenge, consent_forced, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        tenantId,
        id,
        challenge.digest,
        cookie.digest,
        request.clientId,
        request.responseType,
        request.redirectUri,
        request.redirectUriGiven,
        request.scopes,
        request.state,
        request.codeChallenge,
        request.consentForced,
        secondsAfter(this.clock.now(), REQUEST_SECONDS),
      ],
    );
    return { id, challenge: challenge.token, cookie: cookie.token };
  }

  /** The request that waits for the answer to this challenge, whichever browser brings it. */
  async ofChallenge(challenge: string): Promise<AuthorizationRequest | null> {
    const named = readToken('login', challenge);
    if (!named) return null;
    const [row] = await this.database.of(named.tenantId).query<AuthorizationRequest>(
      `SELECT ${columns} FROM authorization_requests
        WHERE tenant_id = $1 AND challenge_digest = $2 AND user_id IS NULL AND expires_at > $3`,
      [named.tenantId, named.digest, this.clock.now()],
    );
    return row ?? null;
  }

  /** The signed-in request of this browser; null when the cookie is another's, or the request was answered or has expired. */
  async ofBrowser(id: string, cookie: string | undefined): Promise<SignedInRequest | null> {
    const named = cookie === undefined ? null : readToken('cookie', cookie);
    if (!named || !isUuid(id)) return null;
    const [row] = await this.database.of(named.tenantId).query<SignedInRequest>(
      `SELECT ${columns},
              (SELECT subject FROM users u WHERE u.tenant_id = r.tenant_id AND u.id = r.user_id) AS "userSubject"
         FROM authorization_requests r
        WHERE tenant_id = $1 AND id = $2 AND cookie_digest = $3 AND user_id IS NOT NULL AND expires_at > $4`,
      [named.tenantId, id, named.digest, this.clock.now()],
    );
    return row ?? null;
  }

  belongsTo({ cookieDigest }: AuthorizationRequest, cookie: string | undefined): boolean {
    return cookie !== undefined && digestsEqual(cookieDigest, sha256(cookie));
  }

  /** @returns false when somebody was named before, or it was too late */
  async signIn(tenantId: TenantId, id: string, userId: string): Promise<boolean> {
    const rows = await this.database.of(tenantId).query(
      `UPDATE authorization_requests SET user_id = $3
        WHERE tenant_id = $1 AND id = $2 AND user_id IS NULL AND expires_at > $4 RETURNING id`,
      [tenantId, id, userId, this.clock.now()],
    );
    return rows.length === 1;
  }

  /** @returns false when it had ended before: whoever gets true, and nobody else, answers it */
  async end(tenantId: TenantId, id: string, tx: Queryable = this.database.of(tenantId)): Promise<boolean> {
    const rows = await tx.query(
      `DELETE FROM authorization_requests WHERE tenant_id = $1 AND id = $2 AND expires_at > $3 RETURNING id`,
      [tenantId, id, this.clock.now()],
    );
    return rows.length === 1;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM authorization_requests WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM authorization_requests WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [this.clock.now(), limit],
    );
    return rows.length;
  }
}
