import { Injectable } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Database } from '#libs/database';
import { Disabling } from '#libs/oauth';
import { Shredding, type BuriedTenant } from '#libs/vault';

/** With one commit nothing of a tenant opens any more and nothing of it is accepted. Workers then delete its rows, and with the last its slug is free. */
@Injectable()
export class TenantDeletion {
  constructor(
    private readonly database: Database,
    private readonly shredding: Shredding,
    private readonly disabling: Disabling,
  ) {}

  /** @param buried in place of now: what the list of tombstones says of a tenant that a restored backup brought back */
  async delete(tenant: Omit<BuriedTenant, 'shreddedAt'>, actor: Actor, buried?: BuriedTenant): Promise<void> {
    const { tenantId: id } = tenant;
    // The tenant's rows, and the platform's record of it.
    await this.database.overTenants.transaction(async (tx) => {
      if (buried) await this.shredding.bury(buried, actor, tx);
      else await this.shredding.shred(tenant, actor, tx);
      await this.disabling.set(id, { kind: 'tenant', id, disabled: true }, actor, tx);
    });
    this.shredding.takeEffect(id);
    await this.disabling.takeEffect(id, 'tenant', id);
  }
}
