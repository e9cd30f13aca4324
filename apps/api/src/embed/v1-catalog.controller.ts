import { Controller, Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { sha256 } from '#libs/crypto';
import { AppDirectory } from '#libs/upstream';
import { optionalParameter } from '../http/query.js';
import { toV1App } from './app.dto.js';
import { CallerOf, type Caller } from './caller.js';
import { PagingOf, linkTo, wholeNumber, type Paging } from './paging.js';
import { Requires } from './requires.js';

const MOST_PER_PAGE = 100;

/** The catalog in the form of V1 (protocol.md §7.1). */
@Controller('v1')
export class V1CatalogController {
  constructor(
    private readonly config: Config,
    private readonly directory: AppDirectory,
  ) {}

  @Get('apps')
  @Requires('zap', { clientId: true })
  async apps(
    @CallerOf() { tenantId }: Caller,
    @Query() query: Record<string, unknown>,
    @Req() { url }: FastifyRequest,
  ) {
    const perPage = Math.min(MOST_PER_PAGE, wholeNumber('per_page', query.per_page, 1, MOST_PER_PAGE));
    const page = wholeNumber('page', query.page, 1, 1);
    const filter = {
      category: optionalParameter(query, 'category'),
      query: optionalParameter(query, 'title_search'),
      start: optionalParameter(query, 'title_starts_with'),
    };
    const range = { limit: perPage, offset: (page - 1) * perPage };
    const [apps, total] = await this.directory.page(tenantId, filter, range);
    const pages = Math.max(1, Math.ceil(total / perPage));
    const { publicUrl } = this.config;
    const link = (to: number) => linkTo(url, { per_page: perPage, page: to }, publicUrl);
    return {
      total,
      page,
      pages,
      per_page: perPage,
      objects: apps.map((app) => toV1App(app, publicUrl)),
      prev_url: page > 1 ? link(Math.min(page - 1, pages)) : null,
      next_url: page < pages ? link(page + 1) : null,
    };
  }

  /** Those of the tenant's apps. */
  @Get('categories')
  @Requires('zap', { clientId: true })
  async categories(@CallerOf() { tenantId }: Caller, @PagingOf() { limit, offset, url }: Paging) {
    const [slugs, count] = await this.directory.categories(tenantId, { limit, offset });
    const { publicUrl } = this.config;
    const link = (to: number) => linkTo(url, { limit, offset: to }, publicUrl);
    return {
      next: offset + limit < count ? link(offset + limit) : null,
      previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
      count,
      objects: slugs.map((slug) => toCategory(slug, publicUrl)),
    };
  }
}

/** A category is its slug: the number that the wire wants is made of it, and the same everywhere. */
function toCategory(slug: string, publicUrl: string) {
  const words = slug.replaceAll(/[-_]+/g, ' ').trim();
  return {
    id: sha256(slug).readUInt32BE(0) >>> 1,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    slug,
    description: '',
    url: `${publicUrl}/v2/apps?category=${encodeURIComponent(slug)}`,
    type_of: 'curated',
    featured_entry_slug: null,
    role: 'child',
  };
}
