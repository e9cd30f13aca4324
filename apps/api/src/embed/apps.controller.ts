import { Controller, Get, Query } from '@nestjs/common';
import { TenantCatalog, type TenantAppSummary } from '#libs/catalog';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { toApp } from './app.dto.js';
import { CallerOf, type Caller } from './caller.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { optionalParameter } from '../http/query.js';
import { Requires } from './requires.js';

interface AppQuery {
  category: string | undefined;
  ids: string | undefined;
  query: string | undefined;
}

@Controller('v2/apps')
export class EmbedAppsController {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
  ) {}

  @Get()
  @Requires('zap', { clientId: true })
  async list(@CallerOf() caller: Caller, @PagingOf() paging: Paging, @Query() parameters: Record<string, unknown>) {
    const query = {
      category: optionalParameter(parameters, 'category'),
      ids: optionalParameter(parameters, 'ids'),
      query: optionalParameter(parameters, 'query'),
    };
    if (query.ids !== undefined && query.category !== undefined) {
      throw problem('invalid', 'Give ids or category, not both.', { source: { parameter: 'ids' } });
    }
    const apps = (await this.catalog.list(caller.tenantId)).filter((app) => matches(app, query));
    const shown = apps.slice(paging.offset, paging.offset + paging.limit);
    const { publicUrl } = this.config;
    const page = pageOf(
      shown.map((app) => toApp(app, { publicUrl, forUser: caller.userId !== null })),
      apps.length,
      paging,
      publicUrl,
    );
    // Zapier's sample of this one list says `previous` where the others say `prev`: clients read either (protocol.md §11).
    return { ...page, links: { ...page.links, previous: page.links.prev } };
  }
}

function matches({ id, definition }: TenantAppSummary, { category, ids, query }: AppQuery): boolean {
  if (category !== undefined && !definition.categories.includes(category)) return false;
  if (ids !== undefined && !ids.toLowerCase().split(',').includes(id)) return false;
  return query === undefined || definition.title.toLowerCase().includes(query.toLowerCase());
}
