import { requireClient, requireUser } from './bearer.js';
import { type App, APPS, CATEGORIES } from './catalog.js';
import type { Exchange, Handler } from './exchange.js';
import { imagesOf } from './images.js';
import { linkTo, numberIn, range } from './paging.js';
import { ApiError } from './problem.js';
import { ok } from './reply.js';

const PER_PAGE = 100;

export const listV1Apps: Handler = (exchange) => {
  requireClient(exchange, 401);
  const { query } = exchange;
  const found = APPS.filter(({ title, category }) => {
    const [word, start] = [query.get('title_search') ?? '', query.get('title_starts_with') ?? ''].map((text) =>
      text.toLowerCase(),
    );
    const lower = title.toLowerCase();
    const isIn = query.get('category') === null || query.get('category') === category;
    return isIn && lower.includes(word ?? '') && lower.startsWith(start ?? '');
  });
  const perPage = Math.min(PER_PAGE, numberIn(query, 'per_page', PER_PAGE, 1));
  const page = numberIn(query, 'page', 1, 1);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const link = (at: number) => linkTo(exchange, { per_page: String(perPage), page: String(at) });
  return ok({
    total: found.length,
    page,
    pages,
    per_page: perPage,
    objects: found.slice((page - 1) * perPage, page * perPage).map((app) => v1App(exchange, app)),
    prev_url: page > 1 ? link(page - 1) : null,
    next_url: page < pages ? link(page + 1) : null,
  });
};

export const listCategories: Handler = (exchange) => {
  const [limit, offset] = range(exchange, 10);
  const link = (at: number) => linkTo(exchange, { limit: String(limit), offset: String(at) });
  return ok({
    next: offset + limit < CATEGORIES.length ? link(offset + limit) : null,
    previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    count: CATEGORIES.length,
    objects: CATEGORIES.slice(offset, offset + limit).map(({ id, slug, title }) => ({
      id,
      title,
      slug,
      description: `${title}.`,
      url: `${exchange.world.origin}/v1/categories#${slug}`,
      type_of: 'curated',
      featured_entry_slug: null,
      role: 'child',
    })),
  });
};

/** A bad token is 403 here (protocol.md §6.1). */
export const showProfile: Handler = (exchange) => {
  const { user } = profileOwner(exchange);
  const name = user.name.split(/[@/]/);
  const [first = 'Ada', last = 'Zapier'] = user.partner === null ? name : name.toReversed();
  return ok({
    id: user.number,
    first_name: first,
    last_name: last,
    full_name: `${first} ${last}`,
    email: user.partner === null ? user.name : `${user.number}@users.zapier.test`,
    email_confirmed: true,
    timezone: 'Europe/Berlin',
  });
};

function profileOwner(exchange: Exchange) {
  try {
    return requireUser(exchange, 'profile');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401)
      throw new ApiError(403, error.code, 'Invalid authentication.');
    throw error;
  }
}

function v1App({ world: { origin } }: Exchange, { id, key, title, slug, description, category }: App): object {
  const images = imagesOf(origin, slug);
  return {
    uuid: id,
    title,
    slug,
    description,
    image: images.url_128x128,
    images,
    url: `${origin}/v1/embed/apps/partner/integrations/${slug}`,
    links: { 'mutual:zap_templates': `${origin}/v1/zap-templates?apps=${slug}` },
    categories: [{ slug: category }],
    app_latest: `${key}@latest`,
  };
}
