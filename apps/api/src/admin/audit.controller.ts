import { Controller, Get, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { Audit, type AuditEntry } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { PLATFORM, Tenants } from '#libs/tenants';
import { AdminGuard } from './admin.guard.js';
import { toAuditExportQuery, toAuditLine, toAuditPage, toAuditQuery } from './audit.dto.js';

@Controller(['admin/tenants/:slug/audit', 'admin/platform/audit'])
@UseGuards(AdminGuard)
export class AuditController {
  constructor(
    private readonly tenants: Tenants,
    private readonly audit: Audit,
  ) {}

  /** @param slug undefined on the platform's own route */
  @Get()
  async list(@Param('slug') slug: string | undefined, @Query() query: Record<string, unknown>) {
    const { limit, ...filter } = toAuditQuery(query);
    const tenantId = await this.#ownerOf(slug);
    return toAuditPage(await this.audit.list(tenantId, { ...filter, limit: limit + 1 }), limit);
  }

  /** All at once and as long as it takes: a line of JSON for each entry, oldest first. */
  @Get('export')
  async export(
    @Param('slug') slug: string | undefined,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const filter = toAuditExportQuery(query);
    const tenantId = await this.#ownerOf(slug);
    const lines = Readable.from(linesOf(this.audit.export(tenantId, filter)));
    await reply.header('content-type', 'application/x-ndjson').header('cache-control', 'no-store').send(lines);
  }

  async #ownerOf(slug: string | undefined): Promise<TenantId> {
    return slug === undefined ? PLATFORM : (await this.tenants.bySlug(slug)).id;
  }
}

async function* linesOf(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield toAuditLine(entry);
}
