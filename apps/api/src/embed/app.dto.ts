import type { TenantAppSummary } from '#libs/catalog';

/** An app on the wire (protocol.md §7.3). `connect_new_authentication` is filled in for a user, and only where an account is needed. */
export function toApp(
  { id, definition }: TenantAppSummary,
  { publicUrl, forUser }: { publicUrl: string; forUser: boolean },
) {
  const { key, title, description, categories, actionTypes, security } = definition;
  const image = definition.image ?? `${publicUrl}/app-images/${key}.svg`;
  const connect = forUser && security.kind !== 'none' ? `${publicUrl}/to/${key}` : null;
  return {
    id,
    key,
    type: 'app',
    title,
    description,
    image,
    images: { url_16x16: image, url_32x32: image, url_64x64: image, url_128x128: image },
    hex_color: '2f5bea',
    categories: categories.map((slug) => ({ slug })),
    action_types: actionTypes,
    links: { connect_new_authentication: connect },
  };
}
