import type { AdminHolder } from '#libs/admin-keys';
import { problem } from '#libs/errors';

/** Who calls the admin API, and what of it they reach. */
export interface AdminCaller {
  /** As the audit has it. */
  name: string;
  /** Of the one tenant that is reached; null: all of them, and the platform. */
  slug: string | null;
  readOnly: boolean;
  /** When the caller's key ends; null for one without end. */
  expiresAt: Date | null;
}

export function toAdminCaller({ key }: AdminHolder): AdminCaller {
  if (!key) return { name: 'admin-token', slug: null, readOnly: false, expiresAt: null };
  const { id, slug, readOnly, expiresAt } = key;
  return { name: `admin-key:${id}`, slug, readOnly, expiresAt };
}

interface AskedFor {
  method: string;
  /** As it is declared, such as `/admin/tenants/:slug/keys`. */
  route: string;
  slug: string | undefined;
}

const OF_ONE_TENANT = /^\/admin\/tenants\/:slug(?:\/|$)/;
const TENANT_ITSELF = /^\/admin\/tenants\/:slug\/?$/;

/**
 * To a key of a tenant the others are not there. The platform's part it is told of: which routes there are is no secret.
 * @throws Problem permission_denied, not_found
 */
export function requireReach(caller: AdminCaller, { method, route, slug }: AskedFor): void {
  if (caller.slug !== null) {
    if (!OF_ONE_TENANT.test(route))
      throw problem(
        'permission_denied',
        `This admin key is of one tenant. Use it under /admin/tenants/${caller.slug}.`,
      );
    if (slug !== caller.slug) throw problem('not_found', `There is no tenant "${slug ?? ''}".`);
    if (method === 'DELETE' && TENANT_ITSELF.test(route))
      throw problem(
        'permission_denied',
        'A tenant is deleted with the admin token, or with a key that reaches all tenants.',
      );
  }
  if (caller.readOnly && method !== 'GET' && method !== 'HEAD')
    throw problem('permission_denied', 'This admin key may only read. Use one that may write.');
}
