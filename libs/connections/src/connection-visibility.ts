/**
 * Of `connections c`: what the user $2 of tenant $1 may see and use. Their own; and what an enabled user of their org or tenant shares, once
 * it is confirmed.
 */
export const VISIBLE = `c.tenant_id = $1 AND c.status <> 'deleted' AND (c.user_id = $2 OR (
  c.sharing <> 'private' AND c.status <> 'pending' AND EXISTS (
    SELECT 1 FROM users owner JOIN users me ON me.tenant_id = owner.tenant_id
     WHERE owner.tenant_id = $1 AND owner.id = c.user_id AND owner.disabled_at IS NULL AND me.id = $2
       AND (c.sharing = 'tenant' OR me.org = owner.org))))`;

export const OWN = `c.tenant_id = $1 AND c.user_id = $2 AND c.status <> 'deleted'`;
