import type { ListedApp } from '#libs/upstream';

interface Place {
  publicUrl: string;
  forUser: boolean;
}

/**
 * An app on the wire (protocol.md §7.3). `connect_new_authentication` is filled in for a user, and only where an account is needed; whether one of
 * an upstream needs it, its own page knows.
 */
export function toApp(app: ListedApp, { publicUrl, forUser }: Place) {
  const { id, key, title, description, categories, actionTypes, security } = app;
  const image = imageOf(app, publicUrl);
  const connect = forUser && security !== 'none' ? connectAddress(app, publicUrl) : null;
  return {
    id,
    key,
    type: 'app',
    title,
    description,
    image,
    images: sizesOf(image),
    hex_color: '2f5bea',
    categories: categories.map((slug) => ({ slug })),
    action_types: actionTypes,
    links: { connect_new_authentication: connect },
    source: sourceOf(app),
  };
}

/** protocol.md §7.1: what V1 calls a slug and `app_latest` is made of the key, which has no versions. */
export function toV1App(app: ListedApp, publicUrl: string) {
  const { id, key, title, description, categories } = app;
  const image = imageOf(app, publicUrl);
  return {
    uuid: id,
    title,
    slug: key.replaceAll(/[^-a-zA-Z0-9_]/g, '-'),
    description,
    image,
    images: sizesOf(image),
    url: connectAddress(app, publicUrl),
    links: {},
    categories: categories.map((slug) => ({ slug })),
    app_latest: `${key}@latest`,
    source: sourceOf(app),
  };
}

/** protocol.md §7.4. The wire demands addresses of MCP, which we do not speak: one begins Connect, at the other there is nothing. */
export function toWhitelabelApp(app: ListedApp, publicUrl: string) {
  const { id, key, title, security } = app;
  return {
    type: 'app',
    id,
    key,
    title,
    image: imageOf(app, publicUrl),
    is_oauth: security === 'oauth2',
    has_fields: ['apiKey', 'basic', 'bearer'].includes(security),
    has_byoc: false,
    links: {
      mcp_authorize_url: connectAddress(app, publicUrl),
      mcp_server_url: `${publicUrl}/mcp/${encodeURIComponent(key)}`,
    },
    source: sourceOf(app),
  };
}

/** As lists call where it comes from. */
function sourceOf({ upstream }: Pick<ListedApp, 'upstream'>): string {
  return upstream ?? 'local';
}

function connectAddress({ key }: ListedApp, publicUrl: string): string {
  return `${publicUrl}/to/${encodeURIComponent(key)}`;
}

/** Where nobody gave one, a tile with the app's initial. */
function imageOf({ image, key }: ListedApp, publicUrl: string): string {
  return image ?? `${publicUrl}/app-images/${encodeURIComponent(key)}.svg`;
}

function sizesOf(image: string) {
  return { url_16x16: image, url_32x32: image, url_64x64: image, url_128x128: image };
}
