import type { DeclaredOperations } from '../declared-operation.js';
import { flag, list, named, object, oneOf, orNull, text, uuid, whole, type Schema } from '../schema.js';
import { page, paging } from './paging.js';

const images = object({ url_16x16: text, url_32x32: text, url_64x64: text, url_128x128: text });
const categories = list(object({ slug: text }));

const app = named(
  'App',
  object({
    id: uuid,
    key: text,
    type: oneOf('app'),
    title: text,
    description: text,
    image: text,
    images,
    hex_color: text,
    categories,
    action_types: list(text),
    links: object({ connect_new_authentication: orNull(text) }),
    source: text,
  }),
);
const whitelabelApp = named(
  'WhitelabelApp',
  object({
    type: oneOf('app'),
    id: uuid,
    key: text,
    title: text,
    image: text,
    is_oauth: flag,
    has_fields: flag,
    has_byoc: flag,
    links: object({ mcp_authorize_url: text, mcp_server_url: text }),
    source: text,
  }),
);
const v1App = named(
  'V1App',
  object({
    uuid,
    title: text,
    slug: text,
    description: text,
    image: text,
    images,
    url: text,
    links: object({}),
    categories,
    app_latest: text,
    source: text,
  }),
);
const category = named(
  'Category',
  object({
    id: whole,
    title: text,
    slug: text,
    description: text,
    url: text,
    type_of: text,
    featured_entry_slug: { type: 'null' },
    role: text,
  }),
);

const profile = named(
  'Profile',
  object({
    id: whole,
    first_name: text,
    last_name: text,
    full_name: text,
    email: text,
    email_confirmed: flag,
    timezone: text,
  }),
);
const inCategory: Record<string, Schema> = { category: text };

export const catalogOperations: DeclaredOperations = {
  'GET /v1/profiles/me': { summary: "Who the token's user is", replies: { 200: profile } },
  'GET /v1/apps': {
    summary: 'The catalog in the form of V1',
    query: {
      ...inCategory,
      page: { type: 'integer', minimum: 1 },
      per_page: { type: 'integer', minimum: 1 },
      title_search: text,
      title_starts_with: text,
    },
    replies: {
      200: object({
        total: whole,
        page: whole,
        pages: whole,
        per_page: whole,
        objects: list(v1App),
        prev_url: orNull(text),
        next_url: orNull(text),
      }),
    },
  },
  'GET /v1/categories': {
    summary: "Categories of the tenant's apps",
    query: paging,
    replies: { 200: object({ next: orNull(text), previous: orNull(text), count: whole, objects: list(category) }) },
  },
  'GET /v2/apps': {
    summary: 'Apps that can be connected',
    query: { ...paging, ...inCategory, ids: text, query: text },
    replies: { 200: page(app, { previous: orNull(text) }) },
  },
  'GET /v2/whitelabel/apps': {
    summary: 'The same, as they are listed for pages without our name',
    query: { ...paging, ...inCategory, search: text },
    replies: { 200: page(whitelabelApp) },
  },
};
