import { requireUserOrClient } from './bearer.js';
import { type App, APPS, findApp } from './catalog.js';
import type { Exchange, Handler } from './exchange.js';
import { imagesOf } from './images.js';
import { pageOf } from './paging.js';
import type { User } from './people.js';
import { badRequest, notFound } from './problem.js';
import { ok, type Reply } from './reply.js';

export const listApps: Handler = (exchange) => {
  const user = requireUserOrClient(exchange, 'zap');
  const { query } = exchange;
  const ids = query.get('ids')?.split(',');
  if (ids && query.get('category')) throw badRequest('ids and category cannot be combined.', { parameter: 'ids' });
  const found = APPS.filter(
    (app) => isWanted(app, query.get('category'), query.get('query')) && (ids?.includes(app.id) ?? true),
  );
  const list = pageOf(exchange, found, (app) => writeApp(exchange, app, user)) as { links: { prev: string | null } };
  // Its published sample says `previous`, all others `prev`.
  return ok({ ...list, links: { ...list.links, previous: list.links.prev } });
};

export const listWhitelabelApps: Handler = (exchange) => {
  const { query, world } = exchange;
  const found = APPS.filter((app) => app.connects && isWanted(app, query.get('category'), query.get('search')));
  return ok(
    pageOf(exchange, found, ({ id, title, slug, hasFields }) => ({
      type: 'app',
      id,
      title,
      image: imagesOf(world.origin, slug).url_128x128,
      is_oauth: !hasFields,
      has_fields: hasFields,
      has_byoc: false,
      links: { mcp_authorize_url: `${world.origin}/mcp/${id}/authorize`, mcp_server_url: `${world.origin}/mcp/${id}` },
    })),
  );
};

/** @throws ApiError 400 without an app, 404 for an unknown one */
export function requireApp(name: unknown, source: { parameter: string } | { pointer: string }): App {
  if (typeof name !== 'string' || name === '') throw badRequest('An app is required.', source);
  const app = findApp(name);
  if (!app) throw notFound();
  return app;
}

/** The picture of an app. */
export const showImage: Handler = (_, { file = '' }): Reply => {
  const app = findApp(file.replace(/\.svg$/, ''));
  const letter = app?.title.slice(0, 1) ?? '?';
  const shape = `<rect width="128" height="128" rx="24" fill="#${app?.hexColor ?? '888888'}"/>`;
  const text = `<text x="64" y="86" font-family="sans-serif" font-size="64" fill="#fff" text-anchor="middle">${letter}</text>`;
  const html = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">${shape}${text}</svg>`;
  return { status: app ? 200 : 404, headers: { 'content-type': 'image/svg+xml' }, html };
};

function isWanted({ title, category }: App, wanted: string | null, word: string | null): boolean {
  return (wanted === null || wanted === category) && title.toLowerCase().includes((word ?? '').toLowerCase());
}

function writeApp({ world: { origin } }: Exchange, app: App, user: User | null): object {
  const { id, key, title, slug, description, category, hexColor, actions } = app;
  const images = imagesOf(origin, slug);
  return {
    id,
    key,
    type: 'app',
    title,
    description,
    image: images.url_128x128,
    images,
    hex_color: hexColor,
    categories: [{ slug: category }],
    action_types: [...new Set(actions.map(({ type }) => type))],
    links: { connect_new_authentication: user && app.connects ? connectLink(origin, app, user) : null },
  };
}

/** Whose browser it is, Zapier knows by its own session; here the address says it. */
function connectLink(origin: string, { key, version }: App, user: User): string {
  const query = new URLSearchParams({ redirect: `${origin}/v2/authentications/redirect`, emulated_user: user.id });
  return `${origin}/engine/auth/start/${key}@${version}?${query.toString()}`;
}
