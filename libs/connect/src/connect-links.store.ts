import { Injectable } from '@nestjs/common';
import { Audit, type Actor, type AuditAction, type AuditDetails } from '#libs/audit';
import { mintToken, readToken } from '#libs/crypto';
import { Database, asTenantId, isUuid, newId, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { Denials } from '#libs/oauth';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { columns as attemptColumns } from './attempt-columns.js';
import { SESSION_SECONDS } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import type { ConnectLink } from './connect-link.entity.js';

/** Mail scanners open links too. A link that was opened this often is not one person's any more. */
export const MAX_OPENED = 50;

type NewLink = Pick<ConnectLink, 'userId' | 'appId' | 'userTitle' | 'redirectUri' | 'reconnectId'> & {
  expiresInSeconds: number;
};

const columns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", user_title AS "userTitle", redirect_uri AS "redirectUri",
  reconnect_id AS "reconnectId", opened, used_at AS "usedAt", revoked_at AS "revokedAt", created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Hosted links. Their tokens have the form of session codes, and are looked for in another table. */
@Injectable()
export class ConnectLinks {
  constructor(
    private readonly database: Database,
    private readonly denials: Denials,
    private readonly audit: Audit,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** The token is answered this once. */
  async create(
    tenantId: TenantId,
    { userId, appId, userTitle, redirectUri, reconnectId, expiresInSeconds }: NewLink,
    address: string | null,
  ): Promise<{ link: ConnectLink; token: string }> {
    const { token, digest } = mintToken('session', tenantId);
    const now = this.clock.now();
    const values = [userId, appId, userTitle, digest, redirectUri, reconnectId];
    const link = await this.database.of(tenantId).transaction(async (tx) => {
      const [made] = await tx.query<ConnectLink>(
        `INSERT INTO connect_links (tenant_id, id, user_id, app_id, user_title, digest, redirect_uri, reconnect_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
        [tenantId, newId(), ...values, now, secondsAfter(now, expiresInSeconds)],
      );
      if (!made) throw new Error('The link vanished while it was being made.');
      const details = { app: appId, expires_at: made.expiresAt.toISOString() };
      await this.#record(tx, made, 'connect_link.created', address, details);
      return made;
    });
    return { link, token };
  }

  /** Of one user, newest first. */
  async list(
    tenantId: TenantId,
    userId: string,
    { limit, offset }: { limit: number; offset: number },
  ): Promise<{ links: ConnectLink[]; count: number }> {
    const links = await this.database
      .of(tenantId)
      .query<ConnectLink>(
        `SELECT ${columns} FROM connect_links WHERE tenant_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3 OFFSET $4`,
        [tenantId, userId, limit, offset],
      );
    const [total] = await this.database
      .of(tenantId)
      .query<{ count: number }>(
        `SELECT count(*)::int AS count FROM connect_links WHERE tenant_id = $1 AND user_id = $2`,
        [tenantId, userId],
      );
    return { links, count: total?.count ?? 0 };
  }

  async find(tenantId: TenantId, userId: string, id: string): Promise<ConnectLink | null> {
    if (!isUuid(id)) return null;
    const [link] = await this.database
      .of(tenantId)
      .query<ConnectLink>(`SELECT ${columns} FROM connect_links WHERE tenant_id = $1 AND user_id = $2 AND id = $3`, [
        tenantId,
        userId,
        id,
      ]);
    return link ?? null;
  }

  /** Attempts under way end with it, and what the vault holds of them goes. Null when there is no such link; one that was revoked before stays as it was. */
  async revoke(tenantId: TenantId, userId: string, id: string, address: string | null): Promise<ConnectLink | null> {
    const link = await this.find(tenantId, userId, id);
    if (!link) return null;
    await this.database.of(tenantId).transaction(async (tx) => {
      const revoked = await tx.query(
        `UPDATE connect_links SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND used_at IS NULL RETURNING id`,
        [tenantId, id, this.clock.now()],
      );
      if (revoked.length > 0) await this.#record(tx, link, 'connect_link.revoked', address, {});
      const ended = await tx.query<{ id: string }>(
        `UPDATE connect_attempts SET state = 'failed', error = 'Invalid link', duplicate_id = NULL
          WHERE tenant_id = $1 AND link_id = $2 AND state IN ('opened', 'consenting') RETURNING id`,
        [tenantId, id],
      );
      for (const { id: rowId } of ended) await this.vault.forget(tenantId, { kind: 'connect-attempt', rowId }, tx);
    });
    return this.find(tenantId, userId, id);
  }

  /**
   * Begins an attempt, while the link is good.
   * @returns the attempt and its cookie; or the link alone, which then says itself why it is not good; null when there is none
   */
  async open(
    token: string,
    theme: ConnectAttempt['theme'],
  ): Promise<{ attempt: ConnectAttempt; cookie: string } | ConnectLink | null> {
    const named = readToken('session', token);
    if (!named) return null;
    const tenantId = asTenantId(named.tenantId);
    const now = this.clock.now();
    return this.database.of(tenantId).transaction(async (tx) => {
      const [link] = await tx.query<ConnectLink>(
        `UPDATE connect_links SET opened = opened + 1
          WHERE tenant_id = $1 AND digest = $2 AND expires_at > $3 AND used_at IS NULL AND revoked_at IS NULL AND opened < $4
          RETURNING ${columns}`,
        [tenantId, named.digest, now, MAX_OPENED],
      );
      if (link) return this.#begin(link, theme, tx);
      const [dead] = await tx.query<ConnectLink>(
        `SELECT ${columns} FROM connect_links WHERE tenant_id = $1 AND digest = $2`,
        [tenantId, named.digest],
      );
      return dead ?? null;
    });
  }

  statusOf({ usedAt, revokedAt, expiresAt }: ConnectLink): 'active' | 'used' | 'revoked' | 'expired' {
    if (usedAt !== null) return 'used';
    if (revokedAt !== null) return 'revoked';
    return expiresAt > this.clock.now() ? 'active' : 'expired';
  }

  /** Of one attempt that succeeds, once. False when another did before, or the link was revoked meanwhile. */
  async use(tenantId: TenantId, id: string, attemptId: string, tx: Transaction): Promise<boolean> {
    const [link] = await tx.query<ConnectLink>(
      `UPDATE connect_links SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL RETURNING ${columns}`,
      [tenantId, id, this.clock.now()],
    );
    if (link) await this.#record(tx, link, 'connect_link.used', null, { attempt: attemptId });
    return link !== undefined;
  }

  /** By its user: it is made and revoked with their token, and used in their name, whoever has followed it. */
  #record(
    tx: Transaction,
    { tenantId, id, userId }: ConnectLink,
    action: AuditAction,
    address: Actor['address'],
    details: AuditDetails,
  ): Promise<void> {
    const actor = { name: `user:${userId}`, address };
    return this.audit.record(tx, tenantId, { actor, action, subject: id, details });
  }

  async #begin(
    { tenantId, id, userId, appId, userTitle, redirectUri, reconnectId }: ConnectLink,
    theme: ConnectAttempt['theme'],
    tx: Queryable,
  ): Promise<{ attempt: ConnectAttempt; cookie: string }> {
    const cookie = mintToken('cookie', tenantId);
    // No session code opens it: this is the digest of one that nobody has.
    const { digest } = mintToken('session', tenantId);
    const createdAt = this.denials.timeOfIssue(tenantId, '', userId);
    const endsAt = secondsAfter(this.clock.now(), SESSION_SECONDS);
    const values = [id, userTitle, redirectUri, reconnectId, theme, digest, cookie.digest];
    const [attempt] = await tx.query<ConnectAttempt>(
      `INSERT INTO connect_attempts
         (tenant_id, id, user_id, app_id, link_id, user_title, redirect_uri, reconnect_id, theme, code_digest, cookie_digest, state,
          created_at, code_expires_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'opened', $12, $12, $13) RETURNING ${attemptColumns}`,
      [tenantId, newId(), userId, appId, ...values, createdAt, endsAt],
    );
    if (!attempt) throw new Error('The attempt vanished while it was being made.');
    return { attempt, cookie: cookie.token };
  }
}
