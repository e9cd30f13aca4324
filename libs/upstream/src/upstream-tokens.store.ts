import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';
import type { IssuedToken } from './upstream-token-endpoint.js';

/** Longer than a wait for a place in the budget and the call. */
const LEASE_SECONDS = 30;
/** A token is replaced so long before its end, or in the last tenth of a short life. */
const EARLY_SECONDS = 300;
const EARLY_PART = 0.1;

/** Whose token it is. */
export interface TokenOwner {
  tenantId: TenantId;
  upstreamId: string;
  /** A user's id; the upstream's own for the client itself. */
  subjectId: string;
  /** Of which server, and as whom there: a token that was issued on others is not this one's. */
  terms: string;
}

export interface StoredToken {
  token: Secret<string>;
  version: number;
  renewAt: Date;
}

/** As it lies in the vault. */
interface SealedToken {
  accessToken: string;
  version: number;
  terms: string;
}

/** Tokens that upstreams issued to us, and who is asking for the next one. */
@Injectable()
export class UpstreamTokenStore {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** @returns null when there is none that is good for a while */
  async find(owner: TokenOwner): Promise<StoredToken | null> {
    const [row] = await this.database.of(owner.tenantId).query<{ renewAt: Date }>(
      `SELECT expires_at AS "renewAt" FROM upstream_tokens
        WHERE tenant_id = $1 AND upstream_id = $2 AND subject_id = $3 AND expires_at > $4`,
      [...keyOf(owner), this.clock.now()],
    );
    if (!row) return null;
    const held = await this.vault.get<SealedToken>(owner.tenantId, placeOf(owner));
    if (!held) return null;
    const { accessToken, version, terms } = held.value.reveal();
    if (terms !== owner.terms) {
      await this.drop(owner, version);
      return null;
    }
    return { token: new Secret(accessToken), version, renewAt: row.renewAt };
  }

  /** One asks for a token at a time; a lease that ran out is nobody's. @returns the fence; null when somebody else asks, or has one by now */
  async claim(owner: TokenOwner): Promise<number | null> {
    const now = this.clock.now();
    const [row] = await this.database.of(owner.tenantId).query<{ version: number }>(
      `INSERT INTO upstream_tokens AS held (tenant_id, upstream_id, subject_id, lease_until, version) VALUES ($1, $2, $3, $5, 1)
       ON CONFLICT (tenant_id, upstream_id, subject_id) DO UPDATE SET lease_until = $5, version = held.version + 1
         WHERE (held.expires_at IS NULL OR held.expires_at <= $4) AND (held.lease_until IS NULL OR held.lease_until <= $4)
       RETURNING version`,
      [...keyOf(owner), now, secondsAfter(now, LEASE_SECONDS)],
    );
    return row?.version ?? null;
  }

  /** Whoever lost its lease meanwhile stores nothing, and may use what it got all the same. */
  async store(owner: TokenOwner, version: number, { token, endsAt }: IssuedToken): Promise<StoredToken> {
    const now = this.clock.now();
    const lifeSeconds = (endsAt.getTime() - now.getTime()) / 1000;
    const renewAt = secondsAfter(endsAt, -Math.min(EARLY_SECONDS, EARLY_PART * lifeSeconds));
    const sealed: SealedToken = { accessToken: token.reveal(), version, terms: owner.terms };
    await this.database.of(owner.tenantId).commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE upstream_tokens SET expires_at = $5, lease_until = NULL
          WHERE tenant_id = $1 AND upstream_id = $2 AND subject_id = $3 AND version = $4 RETURNING version`,
        [...keyOf(owner), version, renewAt],
      );
      if (rows.length > 0) await this.vault.put(owner.tenantId, placeOf(owner), new Secret(sealed), tx);
      return rows.length > 0;
    });
    return { token, version, renewAt };
  }

  /** It got none: the next one may ask. */
  async release(owner: TokenOwner, version: number): Promise<void> {
    await this.database
      .of(owner.tenantId)
      .query(
        `UPDATE upstream_tokens SET lease_until = NULL WHERE tenant_id = $1 AND upstream_id = $2 AND subject_id = $3 AND version = $4`,
        [...keyOf(owner), version],
      );
  }

  /** The upstream takes that one no more. One that was stored since is left alone. */
  async drop(owner: TokenOwner, version: number): Promise<void> {
    await this.database
      .of(owner.tenantId)
      .query(
        `UPDATE upstream_tokens SET expires_at = NULL WHERE tenant_id = $1 AND upstream_id = $2 AND subject_id = $3 AND version = $4`,
        [...keyOf(owner), version],
      );
  }
}

function keyOf({ tenantId, upstreamId, subjectId }: TokenOwner): string[] {
  return [tenantId, upstreamId, subjectId];
}

function placeOf({ upstreamId, subjectId }: TokenOwner): SecretPlace {
  return { kind: 'upstream-token', rowId: upstreamId, field: subjectId };
}
