import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { Audit } from '#libs/audit';
import { PLATFORM, Tenants } from '#libs/tenants';
import { AdminGuard } from './admin.guard.js';
import { toAuditPage, toAuditQuery } from './audit.dto.js';

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
    const tenantId = slug === undefined ? PLATFORM : (await this.tenants.bySlug(slug)).id;
    return toAuditPage(await this.audit.list(tenantId, { ...filter, limit: limit + 1 }), limit);
  }
}
