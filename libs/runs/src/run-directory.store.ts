import { Injectable } from '@nestjs/common';
import { Database, isUuid, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { runColumns } from './run-rows.js';
import type { Run, RunState } from './run.entity.js';

export interface RunDirectoryFilter {
  /** Its key or id. */
  app?: string | undefined;
  org?: string | undefined;
  /** As the tenant's JWTs name the user. */
  user?: string | undefined;
  state?: RunState | undefined;
  /** A uuid: only runs made before this one. */
  before?: string | undefined;
  limit: number;
}

/** A run with the names of its owner and its app. */
export interface ListedRun extends Run {
  org: string;
  user: string;
  appKey: string;
}

/** All runs of a tenant, for its operator: how they went, and nothing of what they held. */
@Injectable()
export class RunDirectory {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Newest first. By id, which is in order of time: a page that starts behind one misses and repeats none. */
  list(tenantId: TenantId, { app, org, user, state, before, limit }: RunDirectoryFilter): Promise<ListedRun[]> {
    return this.database.of(tenantId).query<ListedRun>(
      `SELECT run.*, owner.org, owner.subject AS "user", app.key AS "appKey"
         FROM (SELECT ${runColumns} FROM runs
                WHERE tenant_id = $1 AND expires_at > $2 AND ($3::uuid IS NULL OR id < $3) AND ($4::text IS NULL OR state = $4)) run
         JOIN users owner ON owner.tenant_id = run."tenantId" AND owner.id = run."userId"
         JOIN apps app ON app.id = run."appId"
        WHERE ($5::text IS NULL OR owner.org = $5) AND ($6::text IS NULL OR owner.subject = $6)
          AND ($7::text IS NULL OR app.key = $7 OR app.id::text = lower($7))
        ORDER BY run.id DESC LIMIT $8`,
      [tenantId, this.clock.now(), before ?? null, state ?? null, org ?? null, user ?? null, app ?? null, limit],
    );
  }

  /** @param id any text */
  async find(tenantId: TenantId, id: string): Promise<ListedRun | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database.of(tenantId).query<ListedRun>(
      `SELECT run.*, owner.org, owner.subject AS "user", app.key AS "appKey"
         FROM (SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND expires_at > $2 AND id = $3) run
         JOIN users owner ON owner.tenant_id = run."tenantId" AND owner.id = run."userId"
         JOIN apps app ON app.id = run."appId"`,
      [tenantId, this.clock.now(), id],
    );
    return row ?? null;
  }
}
