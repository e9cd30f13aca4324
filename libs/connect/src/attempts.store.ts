import { Injectable } from '@nestjs/common';
import { mintToken, readToken, sha256 } from '#libs/crypto';
import { Database, isUuid, newId, type Queryable, type TenantId } from '#libs/database';
import { Denials } from '#libs/oauth';
import { Clock, secondsAfter } from '#libs/scheduling';
import { columns } from './attempt-columns.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';

export const SESSION_CODE_SECONDS = 360;
export const SESSION_SECONDS = 1800;
/** Tabs that one browser opens at once, and a link that is pressed twice, arrive before its cookie. */
const SAME_OPENING_SECONDS = 10;
/** With one attempt: enough for somebody who mistypes, too few for somebody who guesses. */
export const MAX_TRIES = 10;

/** What the session code's link may add. */
export interface LinkParameters {
  redirectUri: string | null;
  partnerState: string | null;
  reconnectId: string | null;
  /** Where the result goes when a popup has lost its opener. */
  fallbackUri?: string | null;
  /** Where the browser says that it came from. */
  origin?: string | null;
  theme?: 'light' | 'dark' | null;
}

/** What was settled with the session code, and can't be changed by the link. */
export type AttemptTerms = Partial<
  Pick<ConnectAttempt, 'userTitle' | 'origin' | 'redirectUri' | 'reconnectId' | 'anyAccount'>
>;

/** Of whom, for what, and what it ends with. */
type NewAttempt = Pick<ConnectAttempt, 'userId' | 'appId'> & { clientId: string } & Partial<
    Pick<ConnectAttempt, 'grantId' | 'rootId'>
  > &
  AttemptTerms;

/** Connect attempts. Each code, state and confirmation is used up by one statement. */
@Injectable()
export class Attempts {
  constructor(
    private readonly database: Database,
    private readonly denials: Denials,
    private readonly clock: Clock,
  ) {}

  async issue(
    tenantId: TenantId,
    { userId, appId, clientId, grantId = null, rootId = null, ...terms }: NewAttempt,
  ): Promise<{ id: string; code: string }> {
    const id = newId();
    const { token, digest } = mintToken('session', tenantId);
    const createdAt = this.denials.timeOfIssue(tenantId, clientId, userId);
    const codeEnd = secondsAfter(this.clock.now(), SESSION_CODE_SECONDS);
    const { userTitle = null, origin = null, redirectUri = null, reconnectId = null, anyAccount = false } = terms;
    await this.database.of(tenantId).query(
      `INSERT INTO connect_attempts
         (tenant_id, id, user_id, app_id, client_id, grant_id, root_id, state, code_digest, created_at, code_expires_at, expires_at,
          user_title, origin, redirect_uri, reconnect_id, any_account)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'issued', $8, $9, $10, $10, $11, $12, $13, $14, $15)`,
      [
        tenantId,
        id,
        userId,
        appId,
        clientId,
        grantId,
        rootId,
        digest,
        createdAt,
        codeEnd,
        userTitle,
        origin,
        redirectUri,
        reconnectId,
        anyAccount,
      ],
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
    const { redirectUri, partnerState, reconnectId, fallbackUri = null, origin = null, theme = null } = link;
    const [attempt] = await this.database.of(named.tenantId).query<ConnectAttempt>(
      `UPDATE connect_attempts
          SET state = 'opened', cookie_digest = $3, redirect_uri = COALESCE(redirect_uri, $4), partner_state = $5,
              reconnect_id = COALESCE(reconnect_id, $6), expires_at = $7, fallback_uri = $8, origin = COALESCE(origin, $9), theme = $10
        WHERE tenant_id = $1 AND code_digest = $2 AND state = 'issued' RETURNING ${columns}`,
      [
        named.tenantId,
        named.digest,
        cookie.digest,
        redirectUri,
        partnerState,
        reconnectId,
        secondsAfter(now, SESSION_SECONDS),
        fallbackUri,
        origin,
        theme,
      ],
    );
    return attempt ? { attempt, cookie: cookie.token, codeExpired: attempt.codeExpiresAt < now } : null;
  }

  /** The attempt of a session code that was redeemed before. */
  async redeemed(code: string): Promise<ConnectAttempt | null> {
    const named = readToken('session', code);
    if (!named) return null;
    const [row] = await this.database
      .of(named.tenantId)
      .query<ConnectAttempt>(
        `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND code_digest = $2 AND state <> 'issued'`,
        [named.tenantId, named.digest],
      );
    return row ?? null;
  }

  /** The attempt that this browser opened, also after its end; null when the cookie is another's. */
  async ofBrowser(id: string, cookie: string | undefined): Promise<ConnectAttempt | null> {
    const named = cookie === undefined ? null : readToken('cookie', cookie);
    if (!named || !isUuid(id)) return null;
    const [row] = await this.database
      .of(named.tenantId)
      .query<ConnectAttempt>(
        `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND id = $2 AND cookie_digest = $3`,
        [named.tenantId, id, named.digest],
      );
    return row ?? null;
  }

  /** Whether one of a user's tries to connect the app was begun, and has not come to a connection. */
  async isAnyAstray(tenantId: TenantId, userId: string, appId: string): Promise<boolean> {
    const astray = await this.database
      .of(tenantId)
      .query(
        `SELECT 1 FROM connect_attempts WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3 AND state NOT IN ('issued', 'connected') LIMIT 1`,
        [tenantId, userId, appId],
      );
    return astray.length > 0;
  }

  /** As it is by now. */
  async again({ tenantId, id }: ConnectAttempt): Promise<ConnectAttempt | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<ConnectAttempt>(`SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
    return row ?? null;
  }

  async ofUser(tenantId: TenantId, userId: string, id: string): Promise<ConnectAttempt | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database
      .of(tenantId)
      .query<ConnectAttempt>(
        `SELECT ${columns} FROM connect_attempts WHERE tenant_id = $1 AND user_id = $2 AND id = $3`,
        [tenantId, userId, id],
      );
    return row ?? null;
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
      `UPDATE connect_attempts SET state = $3, connection_id = $4, connect_code_digest = $5, duplicate_id = NULL
        WHERE tenant_id = $1 AND id = $2 AND state = 'consenting' RETURNING id`,
      [tenantId, id, connectCode ? 'pending' : 'connected', connectionId, connectCode?.digest ?? null],
    );
    return rows.length === 1 ? { connectCode: connectCode?.token ?? null } : null;
  }

  /** @returns false when it was over already */
  async fail({ tenantId, id }: ConnectAttempt, description: string): Promise<boolean> {
    const rows = await this.database.of(tenantId).query(
      `UPDATE connect_attempts SET state = 'failed', error = $3, duplicate_id = NULL
        WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('pending', 'connected', 'failed', 'abandoned') RETURNING id`,
      [tenantId, id, description],
    );
    return rows.length === 1;
  }

  /** As `fail`, but not right after it was opened, and also while the partner's confirmation is awaited. */
  async endReused({ tenantId, id }: ConnectAttempt, description: string, tx: Queryable): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE connect_attempts SET state = 'failed', error = $3, duplicate_id = NULL, connect_code_digest = NULL
        WHERE tenant_id = $1 AND id = $2 AND state IN ('opened', 'consenting', 'pending') AND expires_at < $4 RETURNING id`,
      [tenantId, id, description, secondsAfter(this.clock.now(), SESSION_SECONDS - SAME_OPENING_SECONDS)],
    );
    return rows.length === 1;
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
}
