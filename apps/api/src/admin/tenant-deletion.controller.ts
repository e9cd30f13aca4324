import { Controller, Delete, HttpCode, Param, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Tenants } from '#libs/tenants';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { TenantDeletion } from './tenant-deletion.js';

@Controller('admin/tenants')
@UseGuards(AdminGuard)
export class TenantDeletionController {
  constructor(
    private readonly tenants: Tenants,
    private readonly deletion: TenantDeletion,
  ) {}

  @Delete(':slug')
  @HttpCode(204)
  async delete(@Param('slug') slug: string, @AdminActor() actor: Actor): Promise<void> {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    await this.deletion.delete({ tenantId, slug }, actor);
  }
}
