import { Body, Controller, Get, HttpCode, Param, Post, Put, UseGuards } from '@nestjs/common';
import { Apps, TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { Egress, EgressError } from '#libs/egress';
import { problem } from '#libs/errors';
import { Circuits } from '#libs/refresh';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminGuard } from './admin.guard.js';
import { ConfigureAppDto, toAdminApp, toChanges, toRefreshHealth, toRegistration, toTenantApp } from './app.dto.js';

@Controller('admin')
@UseGuards(AdminGuard)
export class AppsController {
  constructor(
    private readonly config: Config,
    private readonly apps: Apps,
    private readonly catalog: TenantCatalog,
    private readonly tenants: Tenants,
    private readonly circuits: Circuits,
    private readonly egress: Egress,
  ) {}

  /** An OpenAPI document, as JSON or YAML. */
  @Post('apps')
  @HttpCode(201)
  async register(@Body() document: unknown) {
    const text = typeof document === 'string' ? document : '';
    return toRegistration(await this.apps.register(text, 'admin'));
  }

  @Get('apps')
  async list() {
    return { apps: (await this.apps.list()).map(toAdminApp) };
  }

  /** What the tenant offers, with how the refreshes of each fare. */
  @Get('tenants/:slug/apps')
  async listOffered(@Param('slug') slug: string) {
    const tenant = await this.tenants.bySlug(slug);
    const paused = await this.circuits.paused(tenant.id);
    const apps = await this.catalog.list(tenant.id);
    return {
      apps: apps.map((app) => ({
        ...toTenantApp(app, this.#callbackUrl(slug, app.definition.key)),
        refresh: toRefreshHealth(paused.get(app.id)),
      })),
    };
  }

  @Put('tenants/:slug/apps/:key')
  async configure(
    @Param('slug') slug: string,
    @Param('key') key: string,
    @Body(new BodyPipe(ConfigureAppDto)) dto: ConfigureAppDto,
  ) {
    const tenant = await this.tenants.bySlug(slug);
    if (dto.server_url !== undefined) await this.#requireAllowed(dto.server_url);
    const app = await this.catalog.configure(tenant.id, key, toChanges(dto));
    if (dto.oauth) await this.circuits.reset(tenant.id, app.id);
    return toTenantApp(app, this.#callbackUrl(slug, key));
  }

  /** Each call is checked again: this only says early what would be refused then. */
  async #requireAllowed(url: string): Promise<void> {
    await this.egress.check(url).catch((error: unknown) => {
      if (!(error instanceof EgressError)) throw error;
      throw problem('invalid', 'HTTPS on a public address is needed for server_url.', {
        source: { pointer: '/server_url' },
      });
    });
  }

  #callbackUrl(slug: string, key: string): string {
    return `${this.config.publicUrl}/connect/callback/${slug}/${key}`;
  }
}
