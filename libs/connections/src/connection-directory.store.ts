import { Injectable } from '@nestjs/common';
import { Database, isUuid, type TenantId } from '#libs/database';
import { columns } from './connection-columns.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';

export interface ConnectionDirectoryFilter {
  /** Its key or id. */
  app?: string | undefined;
  org?: string | undefined;
  /** As the tenant's JWTs name the user. */
  user?: string | undefined;
  /** By default all but deleted ones. */
  status?: ConnectionStatus | undefined;
  /** A uuid: only connections made before this one. */
  before?: string | undefined;
  limit: number;
}

/** A connection with the names of its owner and its app. */
export interface ListedConnection extends Connection {
  org: string;
  user: string;
  appKey: string;
}

/** All connections of a tenant, for its operator. */
@Injectable()
export class ConnectionDirectory {
  constructor(private readonly database: Database) {}

  /** Newest first. By id, which is in order of time: a page that starts behind one misses and repeats none. */
  list(
    tenantId: TenantId,
    { app, org, user, status, before, limit }: ConnectionDirectoryFilter,
  ): Promise<ListedConnection[]> {
    return this.database.of(tenantId).query<ListedConnection>(
      `SELECT c.*, owner.org, owner.subject AS "user", app.key AS "appKey"
         FROM (SELECT ${columns} FROM connections
                WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
                  AND CASE WHEN $3::text IS NULL THEN status <> 'deleted' ELSE status = $3 END) c
         JOIN users owner ON owner.tenant_id = c."tenantId" AND owner.id = c."userId"
         JOIN apps app ON app.id = c."appId"
        WHERE ($4::text IS NULL OR owner.org = $4) AND ($5::text IS NULL OR owner.subject = $5)
          AND ($6::text IS NULL OR app.key = $6 OR app.id::text = lower($6))
        ORDER BY c.id DESC LIMIT $7`,
      [tenantId, before ?? null, status ?? null, org ?? null, user ?? null, app ?? null, limit],
    );
  }

  /** A deleted one too, for as long as it is kept. @param id any text */
  async find(tenantId: TenantId, id: string): Promise<ListedConnection | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database.of(tenantId).query<ListedConnection>(
      `SELECT c.*, owner.org, owner.subject AS "user", app.key AS "appKey"
         FROM (SELECT ${columns} FROM connections WHERE tenant_id = $1 AND id = $2) c
         JOIN users owner ON owner.tenant_id = c."tenantId" AND owner.id = c."userId"
         JOIN apps app ON app.id = c."appId"`,
      [tenantId, id],
    );
    return row ?? null;
  }
}
