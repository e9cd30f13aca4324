import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { ConnectionDirectory, ConnectionExports, readBundleKey } from '#libs/connections';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import {
  ExportConnectionsDto,
  toConnectionPage,
  toConnectionQuery,
  toExportAnswer,
  toExportFilter,
} from './connections.dto.js';
import { ImportConnectionsDto } from './connections.import.dto.js';
import { ConnectionsImport } from './connections.import.js';

@Controller('admin/tenants/:slug/connections')
@UseGuards(AdminGuard)
export class ConnectionsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly directory: ConnectionDirectory,
    private readonly exports: ConnectionExports,
    private readonly imports: ConnectionsImport,
  ) {}

  /** All but deleted ones, which `status=deleted` lists for as long as they are kept. */
  @Get()
  async list(@Param('slug') slug: string, @Query() query: Record<string, unknown>) {
    const { limit, ...filter } = toConnectionQuery(query);
    const { id } = await this.tenants.bySlug(slug);
    return toConnectionPage(await this.directory.list(id, { ...filter, limit: limit + 1 }), limit);
  }

  @Post('import')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async import(
    @Param('slug') slug: string,
    @Body(new BodyPipe(ImportConnectionsDto)) dto: ImportConnectionsDto,
    @AdminActor() actor: Actor,
  ) {
    return this.imports.run((await this.tenants.bySlug(slug)).id, dto, actor);
  }

  /** Encrypted to the caller's key: never in the clear. */
  @Post('export')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async export(
    @Param('slug') slug: string,
    @Body(new BodyPipe(ExportConnectionsDto)) dto: ExportConnectionsDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const key = await readBundleKey(dto.jwk);
    return toExportAnswer(await this.exports.export(id, toExportFilter(dto), key, actor));
  }
}
