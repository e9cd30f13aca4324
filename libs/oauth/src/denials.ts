import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ChangeWatch, Database, Wakeups, type TenantId, type Transaction } from '#libs/database';
import { Clock, retryUntil, secondsAfter } from '#libs/scheduling';
import type { DisabledKind } from '#libs/tenants';
import type { DenialKind } from './denial.entity.js';

/** The longest that an access token lives. */
export const MAX_ACCESS_TOKEN_SECONDS = 36_000;
/** A denial outlives its tokens by this: the process that checks one may be behind the process that denied it. */
const MARGIN_SECONDS = 60;
/** A database that is away for longer while a process starts ends the start. */
const FIRST_READ_SECONDS = 5;

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
  /** The token that it was exchanged for at first; null where there is none. */
  rootId: string | null;
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

  /** Without them every revoked token would be good: a process that has not read them serves nothing. */
  async onApplicationBootstrap(): Promise<void> {
    await retryUntil(secondsAfter(new Date(), FIRST_READ_SECONDS), async () => {
      if (!(await this.sync())) throw new Error('The revocations can not be read from the database.');
    });
  }

  /** As ChangeWatch. */
  sync(): Promise<boolean> {
    return this.#watch.sync();
  }

  isDenied({ tenantId, id, rootId, grantId, userId, clientId, issuedAt }: DeniableToken): boolean {
    if (this.#denials.size === 0) return false;
    // These never issue again: by no clock may one of theirs pass for a later one.
    const isEnded = (kind: DenialKind, subject: string | null) =>
      subject !== null && this.#denials.has(nameOf({ tenantId, kind, subject }));
    if (isEnded('token', id) || isEnded('token', rootId) || isEnded('grant', grantId)) return true;
    return this.#ofSubjects(tenantId, clientId, userId).some(
      ({ issuedBefore }) => issuedBefore === null || issuedAt < issuedBefore,
    );
  }

  /** The time for what is issued now: behind every disabling that this process knows to be over, whatever its clock says. */
  timeOfIssue(tenantId: TenantId, clientId: string, userId: string | null): Date {
    const now = this.clock.now();
    if (this.#denials.size === 0) return now;
    const floors = this.#ofSubjects(tenantId, clientId, userId).map(({ issuedBefore }) => issuedBefore?.getTime() ?? 0);
    return new Date(Math.max(now.getTime(), ...floors));
  }

  /**
   * Ends one token, or all of a grant: for good.
   * @param lastExpiresAt when the last token that it concerns expires
   */
  async end(
    tenantId: TenantId,
    kind: 'token' | 'grant',
    subject: string,
    lastExpiresAt: Date,
    tx: Transaction,
  ): Promise<void> {
    await this.#put({ tenantId, kind, subject, issuedBefore: null, expiresAt: withMargin(lastExpiresAt) }, tx);
  }

  /** Ends every token of the subject, and those to come, until `lift`. */
  async deny(tenantId: TenantId, kind: DisabledKind, subject: string, tx: Transaction): Promise<void> {
    await this.#put({ tenantId, kind, subject, issuedBefore: null, expiresAt: null }, tx);
  }

  /** Tokens to come are good again; those from before `issuedBefore` stay dead. */
  async lift(
    tenantId: TenantId,
    kind: DisabledKind,
    subject: string,
    issuedBefore: Date,
    tx: Transaction,
  ): Promise<void> {
    const expiresAt = withMargin(secondsAfter(issuedBefore, MAX_ACCESS_TOKEN_SECONDS));
    await this.#put({ tenantId, kind, subject, issuedBefore, expiresAt }, tx);
  }

  /** Whether the subject is denied until that is lifted. */
  stands(tenantId: TenantId, kind: DisabledKind, subject: string): boolean {
    return this.#denials.get(nameOf({ tenantId, kind, subject }))?.issuedBefore === null;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM denials WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM denials WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [this.clock.now(), limit],
    );
    return rows.length;
  }

  #ofSubjects(tenantId: TenantId, clientId: string, userId: string | null): DenialRow[] {
    const subjects: [DenialKind, string | null][] = [
      ['user', userId],
      ['client', clientId],
      ['tenant', tenantId],
    ];
    return subjects.flatMap(([kind, subject]) => {
      const denial = subject === null ? undefined : this.#denials.get(nameOf({ tenantId, kind, subject }));
      return denial ?? [];
    });
  }

  async #put({ tenantId, kind, subject, issuedBefore, expiresAt }: DenialRow, tx: Transaction): Promise<void> {
    await tx.query(
      `INSERT INTO denials (tenant_id, kind, subject, issued_before, expires_at, changed_at) VALUES ($1, $2, $3, $4, $5, now())
       ON CONFLICT (tenant_id, kind, subject) DO UPDATE
         SET issued_before = EXCLUDED.issued_before, expires_at = EXCLUDED.expires_at, changed_at = EXCLUDED.changed_at`,
      [tenantId, kind, subject, issuedBefore, expiresAt],
    );
    await this.wakeups.notify(tx, 'denials');
  }

  /** @param seconds null: all of them */
  #read(seconds: number | null): Promise<DenialRow[]> {
    return this.database.overTenants.query<DenialRow>(
      `SELECT tenant_id AS "tenantId", kind, subject, issued_before AS "issuedBefore", expires_at AS "expiresAt" FROM denials
        WHERE ($1::float8 IS NULL OR changed_at >= now() - $1::float8 * interval '1 second') AND (expires_at IS NULL OR expires_at > $2)`,
      [seconds, this.clock.now()],
    );
  }

  #remember(rows: readonly DenialRow[]): void {
    for (const row of rows) this.#denials.set(nameOf(row), row);
  }
}

function withMargin(lastExpiresAt: Date): Date {
  return secondsAfter(lastExpiresAt, MARGIN_SECONDS);
}

function nameOf({ tenantId, kind, subject }: Pick<DenialRow, 'tenantId' | 'kind' | 'subject'>): string {
  return `${tenantId} ${kind} ${subject}`;
}
