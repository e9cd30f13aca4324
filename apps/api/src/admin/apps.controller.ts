import { Body, Controller, Get, HttpCode, Param, Post, Put, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Apps, isOffered, TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { Circuits } from '#libs/refresh';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { ConfigureAppDto, toAdminApp, toRefreshHealth, toRegistration, toTenantApp } from './app.dto.js';
import { TenantAppSettings } from './tenant-app-settings.js';

@Controller('admin')
@UseGuards(AdminGuard)
export class AppsController {
  constructor(
    private readonly config: Config,
    private readonly apps: Apps,
    private readonly catalog: TenantCatalog,
    private readonly tenants: Tenants,
    private readonly circuits: Circuits,
    private readonly settings: TenantAppSettings,
  ) {}

  /** An OpenAPI document, as JSON or YAML. */
  @Post('apps')
  @HttpCode(201)
  async register(@Body() document: unknown, @AdminActor() actor: Actor) {
    const text = typeof document === 'string' ? document : '';
    return toRegistration(await this.apps.register(text, 'admin', actor));
  }

  @Get('apps')
  async list() {
    return { apps: (await this.apps.list()).map(toAdminApp) };
  }

  /** All of them: whether the tenant offers each, and how its refreshes fare. */
  @Get('tenants/:slug/apps')
  async listOfTenant(@Param('slug') slug: string) {
    const tenant = await this.tenants.bySlug(slug);
    const paused = await this.circuits.paused(tenant.id);
    const apps = await this.catalog.list(tenant.id);
    return {
      apps: apps.map((app) => ({
        ...toTenantApp(app, this.#callbackUrl(slug, app.definition.key)),
        offered: isOffered(app),
        refresh: toRefreshHealth(paused.get(app.id)),
      })),
    };
  }

  @Put('tenants/:slug/apps/:key')
  async configure(
    @Param('slug') slug: string,
    @Param('key') key: string,
    @Body(new BodyPipe(ConfigureAppDto)) dto: ConfigureAppDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    return toTenantApp(await this.settings.set(id, key, dto, actor), this.#callbackUrl(slug, key));
  }

  #callbackUrl(slug: string, key: string): string {
    return `${this.config.publicUrl}/connect/callback/${slug}/${key}`;
  }
}
