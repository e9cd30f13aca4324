import type { Upstream } from './upstream.entity.js';

/** Where an upstream finds the tenant's keys. */
export function jwksUriOf(publicUrl: string, slug: string): string {
  return `${publicUrl}/tenants/${slug}/.well-known/jwks.json`;
}

/** Where an upstream sends browsers back to: what has to be registered there. */
export function redirectUrisOf(publicUrl: string, { name, implicit }: Pick<Upstream, 'name' | 'implicit'>): string[] {
  const own = `${publicUrl}/oauth/upstream/${name}`;
  return [`${own}/callback`, ...(implicit ? [`${own}/fragment`] : [])];
}
