import { Controller, Get, Query } from '@nestjs/common';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { AppDirectory, UpstreamWarnings } from '#libs/upstream';
import { optionalParameter } from '../http/query.js';
import { toApp, toWhitelabelApp } from './app.dto.js';
import { CallerOf, type Caller } from './caller.js';
import { withWarnings } from './list-warnings.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';

/** Apps of our own and of the tenant's upstreams, in one list. */
@Controller('v2')
export class EmbedAppsController {
  constructor(
    private readonly config: Config,
    private readonly directory: AppDirectory,
    private readonly warnings: UpstreamWarnings,
  ) {}

  @Get('apps')
  @Requires('zap', { clientId: true })
  async list(@CallerOf() caller: Caller, @PagingOf() paging: Paging, @Query() parameters: Record<string, unknown>) {
    const category = optionalParameter(parameters, 'category');
    const ids = optionalParameter(parameters, 'ids')?.split(',');
    const query = optionalParameter(parameters, 'query');
    if (ids && category !== undefined)
      throw problem('invalid', 'Give ids or category, not both.', { source: { parameter: 'ids' } });
    const { publicUrl } = this.config;
    const warnings = await this.warnings.of(caller.tenantId);
    const [apps, count] = await this.directory.page(caller.tenantId, { category, ids, query }, paging);
    const shown = apps.map((app) => toApp(app, { publicUrl, forUser: caller.userId !== null }));
    const page = withWarnings(pageOf(shown, count, paging, publicUrl), warnings);
    // Zapier's sample of this one list says `previous` where the others say `prev`: clients read either (protocol.md §11).
    return { ...page, links: { ...page.links, previous: page.links.prev } };
  }

  @Get('whitelabel/apps')
  @Requires('zap', { clientId: true })
  async whitelabel(
    @CallerOf() { tenantId }: Caller,
    @PagingOf() paging: Paging,
    @Query() parameters: Record<string, unknown>,
  ) {
    const category = optionalParameter(parameters, 'category');
    const query = optionalParameter(parameters, 'search');
    const { publicUrl } = this.config;
    const warnings = await this.warnings.of(tenantId);
    const [apps, count] = await this.directory.page(tenantId, { category, query }, paging);
    const shown = apps.map((app) => toWhitelabelApp(app, publicUrl));
    return withWarnings(pageOf(shown, count, paging, publicUrl), warnings);
  }
}
