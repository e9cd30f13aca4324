import { Injectable } from '@nestjs/common';
import { Database, newId, type TenantId } from '#libs/database';

@Injectable()
export class Users {
  constructor(private readonly database: Database) {}

  /** The id of the user, made at first sight. Same subject in two orgs: two users. */
  async findOrCreate(tenantId: TenantId, org: string, subject: string): Promise<string> {
    const known = await this.#find(tenantId, org, subject);
    if (known !== undefined) return known;
    await this.database.query(
      `INSERT INTO users (tenant_id, id, org, subject) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, org, subject) DO NOTHING`,
      [tenantId, newId(), org, subject],
    );
    const created = await this.#find(tenantId, org, subject);
    if (created === undefined) throw new Error('The user vanished while it was being made.');
    return created;
  }

  async #find(tenantId: TenantId, org: string, subject: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }>(
      `SELECT id FROM users WHERE tenant_id = $1 AND org = $2 AND subject = $3`,
      [tenantId, org, subject],
    );
    return row?.id;
  }
}
