import type { AssociatedData } from '#libs/crypto';
import type { TenantId } from '#libs/database';

/** What a wrapped data key is bound to: it can't be moved to another tenant or generation. */
export function dataKeyContext(tenantId: TenantId, generation: number): AssociatedData {
  return ['data-key', tenantId, String(generation)];
}
