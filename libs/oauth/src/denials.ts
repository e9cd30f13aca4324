import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ChangeWatch, Database, Wakeups, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { DenialKind } from './denial.entity.js';

/** The longest that an access token lives. */
export const MAX_ACCESS_TOKEN_SECONDS = 36_000;

interface DenialRow {
  tenantId: TenantId;
  kind: DenialKind;
  subject: string;
  issuedBefore: Date | null;
  expiresAt: Date | null;
}

/** What a token says of itself, as far as it can be denied by it. */
export interface DeniableToken {
  tenantId: TenantId;
  id: string;
  grantId: string | null;
  userId: string | null;
  clientId: string;
  issuedAt: Date;
}

/** Which tokens are not good any more, although they have not expired: from memory, and true to within a second on every process. */
@Injectable()
export class Denials implements OnApplicationBootstrap {
  #denials = new Map<string, DenialRow>();
  readonly #watch: ChangeWatch;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly wakeups: Wakeups,
  ) {
    this.#watch = new ChangeWatch({
      name: 'Revocations',
      now: () => clock.now(),
      readAll: async () => {
        const rows = await this.#read(null);
        this.#denials = new Map();
        this.#remember(rows);
      },
      readChanged: async (seconds) => this.#remember(await this.#read(seconds)),
    });
    wakeups.listen('denials', () => void this.sync());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.sync();
  }

  /** As ChangeWatch. */
  sync(): Promise<boolean> {
    return this.#watch.sync();
  }

  isDenied(token: DeniableToken): boolean {
    if (this.#denials.size === 0) return false;
    const { tenantId, id, grantId, userId, clientId } = token;
    const subjects: [DenialKind, string | null][] = [
      ['token', id],
      ['grant', grantId],
      ['user', userId],
      ['client', clientId],
      ['tenant', tenantId],
    ];
    return subjects.some(([kind, subject]) => {
      const denial = subject === null ? undefined : this.#denials.get(nameOf({ tenantId, kind, subject }));
      return denial !== undefined && (denial.issuedBefore === null || token.issuedAt < denial.issuedBefore);
    });
  }

  /** Ends every token of the subject that was issued until now. New ones are good. */
  async end(tenantId: TenantId, kind: DenialKind, subject: string, tx: Transaction): Promise<void> {
    // A millisecond on: a token of this very moment is meant too.
    const issuedBefore = new Date(this.clock.now().getTime() + 1);
    await this.#put(tenantId, kind, subject, issuedBefore, tx, 'unless denied for good');
  }

  /** Ends every token of the subject, and those to come, until `lift`. */
  async deny(tenantId: TenantId, kind: DenialKind, subject: string, tx: Transaction): Promise<void> {
    await this.#put(tenantId, kind, subject, null, tx);
  }

  /** Tokens to come are good again; those from before stay dead. */
  async lift(tenantId: TenantId, kind: DenialKind, subject: string, tx: Transaction): Promise<void> {
    await this.#put(tenantId, kind, subject, new Date(this.clock.now().getTime() + 1), tx);
  }

  /** Whether the subject is denied until that is lifted. */
  stands(tenantId: TenantId, kind: DenialKind, subject: string): boolean {
    return this.#denials.get(nameOf({ tenantId, kind, subject }))?.issuedBefore === null;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    await this.database.query(`DELETE FROM denials WHERE expires_at < $1`, [this.clock.now()]);
  }

  async #put(
    tenantId: TenantId,
    kind: DenialKind,
    subject: string,
    issuedBefore: Date | null,
    tx: Transaction,
    condition?: 'unless denied for good',
  ): Promise<void> {
    const expiresAt = issuedBefore && secondsAfter(issuedBefore, MAX_ACCESS_TOKEN_SECONDS);
    await tx.query(
      `INSERT INTO denials (tenant_id, kind, subject, issued_before, expires_at, changed_at) VALUES ($1, $2, $3, $4, $5, now())
       ON CONFLICT (tenant_id, kind, subject) DO UPDATE
         SET issued_before = EXCLUDED.issued_before, expires_at = EXCLUDED.expires_at, changed_at = EXCLUDED.changed_at
       ${condition === undefined ? '' : 'WHERE denials.issued_before IS NOT NULL'}`,
      [tenantId, kind, subject, issuedBefore, expiresAt],
    );
    await this.wakeups.notify(tx, 'denials');
  }

  /** @param seconds null: all of them */
  #read(seconds: number | null): Promise<DenialRow[]> {
    return this.database.query<DenialRow>(
      `SELECT tenant_id AS "tenantId", kind, subject, issued_before AS "issuedBefore", expires_at AS "expiresAt" FROM denials
        WHERE ($1::float8 IS NULL OR changed_at >= now() - $1::float8 * interval '1 second') AND (expires_at IS NULL OR expires_at > $2)`,
      [seconds, this.clock.now()],
    );
  }

  #remember(rows: readonly DenialRow[]): void {
    for (const row of rows) this.#denials.set(nameOf(row), row);
  }
}

function nameOf({ tenantId, kind, subject }: Pick<DenialRow, 'tenantId' | 'kind' | 'subject'>): string {
  return `${tenantId} ${kind} ${subject}`;
}
