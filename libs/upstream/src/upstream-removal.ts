import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { AdoptedApps } from '#libs/catalog';
import { Connections } from '#libs/connections';
import { Database } from '#libs/database';
import { Vault } from '#libs/vault';
import { accountAppId, accountAppKey } from './account-app.js';
import type { Upstream } from './upstream.entity.js';

/** Takes an upstream away from its tenant, with all that came through it. What a process that dies leaves undone is done by asking again. */
@Injectable()
export class UpstreamRemoval {
  constructor(
    private readonly database: Database,
    private readonly adopted: AdoptedApps,
    private readonly connections: Connections,
    private readonly vault: Vault,
    private readonly audit: Audit,
  ) {}

  async remove(upstream: Upstream, actor: Actor): Promise<void> {
    const { tenantId, id, name } = upstream;
    await this.database
      .of(tenantId)
      .query(`UPDATE upstreams SET enabled = false WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    const account = { id: accountAppId(upstream), key: accountAppKey(upstream) };
    const apps = [...(await this.adopted.ofUpstream(tenantId, id)), account];
    const connections = await this.#disconnect(upstream, actor);
    await this.database.of(tenantId).transaction(async (tx) => {
      for (const kind of ['upstream-token', 'upstream'] as const)
        await this.vault.forget(tenantId, { kind, rowId: id }, tx);
      await this.vault.forget(tenantId, { kind: 'tenant-app', rowId: account.id }, tx);
      await this.adopted.retire(tx, tenantId, apps);
      await tx.query(`DELETE FROM upstreams WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      const details = { connections };
      await this.audit.record(tx, tenantId, { actor, action: 'upstream.deleted', subject: name, details });
    });
  }

  /** Connections that would be another server's, or another identity's, if the upstream became one. */
  async isInUse(upstream: Upstream): Promise<boolean> {
    return (await this.#connected(upstream)).length > 0;
  }

  async #disconnect(upstream: Upstream, actor: Actor): Promise<number> {
    const rows = await this.#connected(upstream);
    for (const { id, userId } of rows)
      await this.connections.remove(upstream.tenantId, userId, id, { party: 'admin', actor });
    return rows.length;
  }

  async #connected(upstream: Upstream): Promise<{ id: string; userId: string }[]> {
    const apps = await this.adopted.ofUpstream(upstream.tenantId, upstream.id);
    return this.database
      .of(upstream.tenantId)
      .query(
        `SELECT id, user_id AS "userId" FROM connections WHERE tenant_id = $1 AND app_id = ANY ($2::uuid[]) AND status <> 'deleted'`,
        [upstream.tenantId, [...apps.map(({ id }) => id), accountAppId(upstream)]],
      );
  }
}
