import { Injectable } from '@nestjs/common';
import { digestsEqual, mintToken, readToken, sha256 } from '#libs/crypto';
import { Database, asTenantId, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Denials } from '#libs/oauth';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import type { ConnectAttempt } from './connect-attempt.entity.js';

export const SESSION_CODE_SECONDS = 360;
const SESSION_SECONDS = 1800;

/** What the session code's link may add. */
export interface LinkParameters {
  redirectUri: string | null;
  partnerState: string | null;
  reconnectId: string | null;
}

/** Of whom, for what, and what it ends with. */
type NewAttempt = Pick<ConnectAttempt, 'userId' | 'appId'> & { clientId: string } & Partial<
    Pick<ConnectAttempt, 'grantId' | 'rootId'>
  >;

const columns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", client_id AS "clientId", grant_id AS "grantId",
  root_id AS "rootId", state, cookie_digest AS "cookieDigest",
  redirect_uri AS "redirectUri", partner_state AS "partnerState", reconnect_id AS "reconnectId", connection_id AS "connectionId",
  error, created_at AS "createdAt", code_expires_at AS "codeExpiresAt", expires_at AS "expiresAt"`;

/** Connect attempts. Each code, state and confirmation is used up by one statement. */
@Injectable()
export class Attempts {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly denials: Denials,
    private readonly clock: Clock,
  ) {}

  async issue(
    tenantId: TenantId,
    { userId, appId, clientId, grantId = null, rootId = null }: NewAttempt,
  ): Promise<{ id: string; code: string }> {
    const id = newId();
    const { token, digest } = mintToken('session', tenantId);
    const createdAt = this.denials.timeOfIssue(tenantId, clientId, userId);
    const codeEnd = secondsAfter(this.clock.now(), SESSION_CODE_SECONDS);
    await this.database.query(
      `INSERT INTO connect_attempts
         (tenant_id, id, user_id, app_id, client_id, grant_id, root_id, state, code_digest, created_at, code_expires_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'issued', $8, $9, $10, $10)`,
      [tenantId, id, userId, appId, clientId, grantId, rootId, digest, createdAt, codeEnd],
    );
    return { id, code: token };
  }

  /**
   * Redeems a session code into a cookie. An expired one is used up too, and told apart so that it can be answered as such.
   * @returns null when the code is unknown or was used before
   */
  async redeem(
    code: string,
    link: LinkParameters,
  ): Promise<{ attempt: ConnectAttempt; cookie: string; codeExpired: boolean } | null> {
    const named = readToken('session', code);
    if (!named) return null;
    const cookie = mintToken('cookie', named.tenantId);
    const now = this.clock.now();
    const [attempt] = await this.database.query<ConnectAttempt>(
      `UPDATE connect_attempts
          SET state = 'opened', cookie_digest = $3, redirect_uri = $4, partner_state = $5, reconnect_id = $6, expires_at = $7
        WHERE tenant_id = $1 AND code_digest = $2 AND state = 'issued' RETURNING ${columns}`,
      [
        named.tenantId,
        named.digest,
        cookie.digest,
        link.redirectUri,
        link.partnerState,
        link.reconnectId,
        secondsAfter(now, SESSION_SECONDS),
      ],
    );
    return attempt ? { attempt, cookie: cookie.token, codeExpired: attempt.codeExpiresAt < now } : null;
  }

  /** The attempt that this browser opened; null when the cookie is another's or the session has ended. */
  async ofBrowser(id: string, cookie: string | undefined): Promise<ConnectAttempt | null> {
    const named = cookie === undefined ? null : readToken('cookie', cookie);
    if (!named || !isUuid(id)) return null;
    const [row] = await this.database.query<ConnectAttempt>(
      `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND id = $2 AND cookie_digest = $3 AND expires_at > $4`,
      [named.tenantId, id, named.digest, this.clock.now()],
    );
    return row ?? null;
  }

  async ofUser(tenantId: TenantId, userId: string, id: string): Promise<ConnectAttempt | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database.query<ConnectAttempt>(
      `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND user_id = $2 AND id = $3`,
      [tenantId, userId, id],
    );
    return row ?? null;
  }

  /** A new `state` for the third party. Going back and pressing Continue again makes the earlier one void. */
  async beginConsent({ tenantId, id }: ConnectAttempt): Promise<string> {
    const { token, digest } = mintToken('state', tenantId);
    await this.database.query(
      `UPDATE connect_attempts SET state = 'consenting', oauth_state_digest = $3
        WHERE tenant_id = $1 AND id = $2 AND state IN ('opened', 'consenting')`,
      [tenantId, id, digest],
    );
    return token;
  }

  /**
   * Uses up a returned `state`, whoever brings it. Whether the bringer is the browser that began is for the caller to check, with the
   * attempt's cookie: it is used up either way, so that a stolen one is worth nothing twice.
   */
  async endConsent(state: string): Promise<ConnectAttempt | null> {
    const named = readToken('state', state);
    if (!named) return null;
    const [row] = await this.database.query<ConnectAttempt>(
      `UPDATE connect_attempts SET oauth_state_digest = NULL
        WHERE tenant_id = $1 AND oauth_state_digest = $2 AND state = 'consenting' AND expires_at > $3 RETURNING ${columns}`,
      [asTenantId(named.tenantId), named.digest, this.clock.now()],
    );
    return row ?? null;
  }

  belongsTo(attempt: ConnectAttempt, cookie: string | undefined): boolean {
    return cookie !== undefined && attempt.cookieDigest !== null && digestsEqual(attempt.cookieDigest, sha256(cookie));
  }

  /**
   * @returns the code that the partner confirms with, null under the policy that needs none; or null altogether when the attempt was
   *   ended meanwhile
   */
  async succeed(
    { tenantId, id }: ConnectAttempt,
    connectionId: string,
    needsConfirmation: boolean,
    tx: Queryable,
  ): Promise<{ connectCode: string | null } | null> {
    const connectCode = needsConfirmation ? mintToken('connect', tenantId) : null;
    const rows = await tx.query(
      `UPDATE connect_attempts SET state = $3, connection_id = $4, connect_code_digest = $5
        WHERE tenant_id = $1 AND id = $2 AND state = 'consenting' RETURNING id`,
      [tenantId, id, connectCode ? 'pending' : 'connected', connectionId, connectCode?.digest ?? null],
    );
    return rows.length === 1 ? { connectCode: connectCode?.token ?? null } : null;
  }

  async fail({ tenantId, id }: ConnectAttempt, description: string): Promise<void> {
    await this.database.query(
      `UPDATE connect_attempts SET state = 'failed', error = $3, oauth_state_digest = NULL
        WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('pending', 'connected', 'failed')`,
      [tenantId, id, description],
    );
  }

  /** Uses up a connect code of this user's own attempt. Null when it is not right, was used, or came too late. */
  async confirm(
    tenantId: TenantId,
    userId: string,
    id: string,
    connectCode: string,
    tx: Queryable,
  ): Promise<ConnectAttempt | null> {
    const [row] = await tx.query<ConnectAttempt>(
      `UPDATE connect_attempts SET state = 'connected', connect_code_digest = NULL
        WHERE tenant_id = $1 AND user_id = $2 AND id = $3 AND connect_code_digest = $4 AND state = 'pending' AND expires_at > $5
        RETURNING ${columns}`,
      [tenantId, userId, id, sha256(connectCode), this.clock.now()],
    );
    return row ?? null;
  }

  /** Across tenants, for the retention loop: attempts, with what the vault holds of them. */
  async deleteOld(before: Date): Promise<void> {
    await this.database.transaction(async (tx) => {
      const rows = await tx.query<{ tenant_id: TenantId; id: string }>(
        `DELETE FROM connect_attempts WHERE expires_at < $1 RETURNING tenant_id, id`,
        [before],
      );
      for (const { tenant_id: tenantId, id } of rows) {
        await this.vault.forget(tenantId, { kind: 'connect-attempt', rowId: id }, tx);
      }
    });
  }
}
