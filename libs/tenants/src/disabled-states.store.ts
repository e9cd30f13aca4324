import { Injectable } from '@nestjs/common';
import type { TenantId, Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';

/** What can be turned off. */
export type DisabledKind = 'tenant' | 'client' | 'user';

const onlyAChange = `(disabled_at IS NULL) = ($3::timestamptz IS NOT NULL)`;

const STATEMENTS: Record<DisabledKind, string> = {
  tenant: `UPDATE tenants SET disabled_at = $3 WHERE id = $1 AND id = $2 AND ${onlyAChange} RETURNING 1`,
  client: `UPDATE clients SET disabled_at = $3 WHERE tenant_id = $1 AND client_id = $2 AND ${onlyAChange} RETURNING 1`,
  user: `UPDATE users SET disabled_at = $3 WHERE tenant_id = $1 AND id = $2 AND ${onlyAChange} RETURNING 1`,
};

/** `disabled_at` of tenants, clients and users: since when each is off. */
@Injectable()
export class DisabledStates {
  constructor(private readonly clock: Clock) {}

  /**
   * @param id of the tenant once more, where `kind` is tenant
   * @returns false when it was so already, and since another time
   */
  async set(tenantId: TenantId, kind: DisabledKind, id: string, disabled: boolean, tx: Transaction): Promise<boolean> {
    const rows = await tx.query(STATEMENTS[kind], [tenantId, id, disabled ? this.clock.now() : null]);
    return rows.length > 0;
  }
}
