import { asTenantId } from '#libs/database';

/**
 * Gatehouse itself, as the owner of its own signing keys. It has a row among the tenants, so that its keys, secrets and audit live as those
 * of every tenant do; no slug leads to it, and it has no clients and no users.
 */
export const PLATFORM = asTenantId('00000000-0000-7000-8000-000000000000');
