import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { Upstreams, type Upstream } from '#libs/upstream';
import { RunApps } from './run-apps.js';
import { runColumns } from './run-rows.js';
import type { Run } from './run.entity.js';
import type { CalledRun } from './upstream-callback-address.js';
import { upstreamSecurity } from './upstream-work.js';

/** The upstreams that runs are carried out by. */
@Injectable()
export class UpstreamsOfRuns {
  constructor(
    private readonly database: Database,
    private readonly apps: RunApps,
    private readonly upstreams: Upstreams,
  ) {}

  /** @returns null when there is no such run, or its upstream is gone */
  async find({ tenantId, runId }: CalledRun): Promise<Upstream | null> {
    const [run] = await this.database
      .of(tenantId)
      .query<Run>(`SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND id = $2`, [tenantId, runId]);
    return run ? this.of(run) : null;
  }

  async of(run: Run): Promise<Upstream | null> {
    const app = await this.apps.of(run);
    const security = app && upstreamSecurity(app);
    return security ? this.upstreams.byId(run.tenantId, security.upstreamId) : null;
  }
}
