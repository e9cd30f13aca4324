import type { FirstStatement } from './batched-query.js';

/**
 * What goes before a statement, or begins a transaction: the role that it runs as, and whose rows that role sees. Both end with the
 * transaction. Row-level security does the rest: see docs/decisions/0006-row-level-security.md.
 */
export type Scope = FirstStatement;

/** Rows of one tenant, and what all tenants share. */
export function scopeOf(tenantId: string): Scope {
  return {
    text: `SELECT set_config('role', 'gatehouse_service', true), set_config('gatehouse.tenant', $1, true)`,
    values: [tenantId],
  };
}

/** The max UUID of RFC 9562 §5.10, which no tenant has: said, it is told from the releases before migration 037, which said nothing. */
const NOBODY = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** No tenant's rows: what all tenants share, and no more. */
export const SHARED: Scope = {
  text: `SELECT set_config('role', 'gatehouse_service', true), set_config('gatehouse.tenant', '${NOBODY}', true)`,
  values: [],
};

export const OVER_TENANTS: Scope = { text: `SELECT set_config('role', 'gatehouse_over_tenants', true)`, values: [] };
