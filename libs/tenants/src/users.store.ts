import { Injectable } from '@nestjs/common';
import { Database, isUuid, newId, type TenantId } from '#libs/database';
import type { User } from './user.entity.js';

/** An id never changes, and a user is never deleted while its tenant is there. */
const KNOWN_USERS = 50_000;

interface UserFilter {
  org?: string | undefined;
  subject?: string | undefined;
  /** A uuid: only users made before this one. */
  before?: string | undefined;
  limit: number;
}

/** By now or at last sight: another process may have seen another name since. */
interface KnownUser {
  id: string;
  displayName: string | null;
}

const columns = `tenant_id AS "tenantId", id, org, subject, display_name AS "displayName", disabled_at AS "disabledAt", created_at AS "createdAt"`;

@Injectable()
export class Users {
  readonly #known = new Map<string, KnownUser>();

  constructor(private readonly database: Database) {}

  /**
   * The id of the user, made at first sight. Same subject in two orgs: two users.
   * @param displayName kept where there is one: a token that says nothing takes none away
   */
  async findOrCreate(tenantId: TenantId, org: string, subject: string, displayName?: string): Promise<string> {
    const name = JSON.stringify([tenantId, org, subject]);
    const known = this.#known.get(name) ?? (await this.#find(tenantId, org, subject));
    const user = known ?? (await this.#create(tenantId, org, subject, displayName));
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KNOWN_USERS && oldest !== undefined) this.#known.delete(oldest);
    if (displayName !== undefined && displayName !== user.displayName) {
      await this.#rename(tenantId, user.id, displayName);
      this.#known.set(name, { ...user, displayName });
    } else this.#known.set(name, user);
    return user.id;
  }

  async find(tenantId: TenantId, id: string): Promise<User | null> {
    if (!isUuid(id)) return null;
    const [user] = await this.database
      .of(tenantId)
      .query<User>(`SELECT ${columns} FROM users WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    return user ?? null;
  }

  /** Newest first. By id, which is in order of time: a page that starts behind one misses and repeats none. */
  list(tenantId: TenantId, { org, subject, before, limit }: UserFilter): Promise<User[]> {
    return this.database.of(tenantId).query<User>(
      `SELECT ${columns} FROM users
        WHERE tenant_id = $1 AND ($2::text IS NULL OR org = $2) AND ($3::text IS NULL OR subject = $3)
          AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5`,
      [tenantId, org ?? null, subject ?? null, before ?? null, limit],
    );
  }

  async #create(tenantId: TenantId, org: string, subject: string, displayName?: string): Promise<KnownUser> {
    await this.database.of(tenantId).query(
      `INSERT INTO users (tenant_id, id, org, subject, display_name) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, org, subject) DO NOTHING`,
      [tenantId, newId(), org, subject, displayName ?? null],
    );
    const created = await this.#find(tenantId, org, subject);
    if (created === undefined) throw new Error('The user vanished while it was being made.');
    return created;
  }

  async #rename(tenantId: TenantId, id: string, displayName: string): Promise<void> {
    await this.database
      .of(tenantId)
      .query(
        `UPDATE users SET display_name = $3 WHERE tenant_id = $1 AND id = $2 AND display_name IS DISTINCT FROM $3`,
        [tenantId, id, displayName],
      );
  }

  async #find(tenantId: TenantId, org: string, subject: string): Promise<KnownUser | undefined> {
    const [row] = await this.database
      .of(tenantId)
      .query<KnownUser>(
        `SELECT id, display_name AS "displayName" FROM users WHERE tenant_id = $1 AND org = $2 AND subject = $3`,
        [tenantId, org, subject],
      );
    return row;
  }
}
