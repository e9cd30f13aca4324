import { Injectable } from '@nestjs/common';
import { Database, isUuid, type TenantId } from '#libs/database';

/** An app as a list shows it, wherever it comes from. */
export interface ListedApp {
  id: string;
  key: string;
  title: string;
  description: string;
  image: string | null;
  categories: string[];
  actionTypes: string[];
  /** Kind of its security scheme; `upstream` for one that is connected there. */
  security: string;
  /** The name of its upstream; null for an app of our own catalog. */
  upstream: string | null;
}

export interface AppFilter {
  category?: string | undefined;
  ids?: readonly string[] | undefined;
  /** A part of the title, in any letter case. */
  query?: string | undefined;
  /** The beginning of the title, in any letter case. */
  start?: string | undefined;
}

interface Range {
  limit: number;
  offset: number;
}

/** Apps that the tenant $1 offers: with a document and not switched off, where OAuth needs the tenant's own client; and those of its upstreams. */
const OFFERED = `
  SELECT app.id, app.key, app.title, current.definition->>'description' AS description, current.definition->>'image' AS image,
         ARRAY(SELECT jsonb_array_elements_text(current.definition->'categories')) AS categories,
         ARRAY(SELECT jsonb_array_elements_text(current.definition->'actionTypes')) AS "actionTypes",
         current.definition->'security'->>'kind' AS security, NULL AS upstream
    FROM apps app
    JOIN app_versions current ON current.app_id = app.id AND current.version = app.version
    LEFT JOIN tenant_apps own ON own.tenant_id = $1 AND own.app_id = app.id
   WHERE app.tenant_id IS NULL AND COALESCE(own.enabled, true)
     AND (current.definition->'security'->>'kind' <> 'oauth2' OR own.oauth_client_id IS NOT NULL)
   UNION ALL
  SELECT copy.id, copy.key, copy.title, copy.description, copy.image, copy.categories, copy.action_types, 'upstream', upstream.name
    FROM upstream_apps copy
    JOIN upstreams upstream ON upstream.tenant_id = $1 AND upstream.id = copy.upstream_id AND upstream.enabled
    LEFT JOIN tenant_apps own ON own.tenant_id = $1 AND own.app_id = copy.id
   WHERE copy.tenant_id = $1 AND COALESCE(own.enabled, true)`;

interface Counted extends ListedApp {
  /** Of all pages. */
  count: number;
}

/** All apps of a tenant, local ones and those of its upstreams, in one order: so their pages have no holes and no repeats. */
@Injectable()
export class AppDirectory {
  constructor(private readonly database: Database) {}

  /** By title, then key. The count is of the same moment as the page. */
  async page(tenantId: TenantId, filter: AppFilter, { limit, offset }: Range): Promise<[ListedApp[], count: number]> {
    const { category = null, query = null, start = null } = filter;
    const ids = filter.ids?.filter(isUuid).map((id) => id.toLowerCase()) ?? null;
    const rows = await this.database.of(tenantId).query<Counted>(
      `WITH offered AS NOT MATERIALIZED (${OFFERED}),
       found AS NOT MATERIALIZED (
         SELECT * FROM offered
          WHERE ($2::text IS NULL OR $2 = ANY (categories)) AND ($3::uuid[] IS NULL OR id = ANY ($3))
            AND ($4::text IS NULL OR strpos(lower(title), lower($4)) > 0) AND ($5::text IS NULL OR starts_with(lower(title), lower($5))))
       SELECT total.count, page.*
         FROM (SELECT count(*)::int AS count FROM found) total
         LEFT JOIN (SELECT * FROM found ORDER BY title, key LIMIT $6 OFFSET $7) page ON true
        ORDER BY page.title, page.key`,
      [tenantId, category, ids, query, start, limit, offset],
    );
    return [rows.filter(({ id }) => id !== null).map(listed), rows[0]?.count ?? 0];
  }

  /** Slugs that some app of the tenant's has, in order. */
  async categories(tenantId: TenantId, { limit, offset }: Range): Promise<[slugs: string[], count: number]> {
    const rows = await this.database.of(tenantId).query<{ slug: string | null; count: number }>(
      `WITH slugs AS (SELECT DISTINCT unnest(categories) AS slug FROM (${OFFERED}) offered)
       SELECT total.count, page.slug
         FROM (SELECT count(*)::int AS count FROM slugs) total
         LEFT JOIN (SELECT slug FROM slugs ORDER BY slug LIMIT $2 OFFSET $3) page ON true
        ORDER BY page.slug`,
      [tenantId, limit, offset],
    );
    return [rows.flatMap(({ slug }) => slug ?? []), rows[0]?.count ?? 0];
  }
}

function listed({
  id,
  key,
  title,
  description,
  image,
  categories,
  actionTypes,
  security,
  upstream,
}: Counted): ListedApp {
  return { id, key, title, description, image, categories, actionTypes, security, upstream };
}
