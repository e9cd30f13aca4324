import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import { UpstreamDoctor, UpstreamRemoval, Upstreams, type Upstream } from '#libs/upstream';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { UpstreamSettingsChanges } from './upstream-settings.js';
import { UpstreamViews } from './upstream-views.js';
import { PutUpstreamDto } from './upstream.dto.js';

/** Other servers of the protocol that the tenant has its apps through. No answer holds the client's secret. */
@Controller('admin/tenants/:slug/upstreams')
@UseGuards(AdminGuard)
export class UpstreamsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly upstreams: Upstreams,
    private readonly views: UpstreamViews,
    private readonly settings: UpstreamSettingsChanges,
    private readonly removal: UpstreamRemoval,
    private readonly doctor: UpstreamDoctor,
  ) {}

  @Get()
  async list(@Param('slug') slug: string) {
    return { upstreams: await this.views.list(await this.tenants.bySlug(slug)) };
  }

  @Get(':name')
  async get(@Param('slug') slug: string, @Param('name') name: string) {
    return this.views.of(slug, await this.#find(slug, name));
  }

  @Put(':name')
  async put(
    @Param('slug') slug: string,
    @Param('name') name: string,
    @Body(new BodyPipe(PutUpstreamDto)) dto: PutUpstreamDto,
    @AdminActor() actor: Actor,
  ) {
    return this.views.of(slug, await this.settings.put(await this.tenants.bySlug(slug), name, dto, actor));
  }

  /** With the connections that were made through it. */
  @Delete(':name')
  @HttpCode(204)
  async delete(@Param('slug') slug: string, @Param('name') name: string, @AdminActor() actor: Actor): Promise<void> {
    await this.removal.remove(await this.#find(slug, name), actor);
  }

  /** Reads its apps now. */
  @Post(':name/sync')
  @HttpCode(202)
  async sync(@Param('slug') slug: string, @Param('name') name: string) {
    const upstream = await this.#find(slug, name);
    await this.upstreams.readAnew(upstream.tenantId, upstream.id);
    return this.views.of(slug, upstream);
  }

  @Post(':name/doctor')
  @HttpCode(200)
  async examine(@Param('slug') slug: string, @Param('name') name: string) {
    const checks = await this.doctor.examine(await this.#find(slug, name), slug);
    return { ok: checks.every(({ ok }) => ok), checks };
  }

  async #find(slug: string, name: string): Promise<Upstream> {
    const { id } = await this.tenants.bySlug(slug);
    const upstream = await this.upstreams.find(id, name);
    if (!upstream) throw problem('not_found', 'The tenant has no upstream of this name. GET …/upstreams lists them.');
    return upstream;
  }
}
