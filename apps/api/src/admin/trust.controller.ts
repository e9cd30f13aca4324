import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Database } from '#libs/database';
import { Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys } from '#libs/trusted-keys';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { ExplainTokenDto, RefreshTrustDto, toTrust } from './trust.dto.js';

/** The tenant's own keys as we see them. */
@Controller('admin/tenants/:slug/trust')
@UseGuards(AdminGuard)
export class TrustController {
  constructor(
    private readonly tenants: Tenants,
    private readonly trustedKeys: TrustedKeys,
    private readonly partnerTokens: PartnerTokens,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  @Get()
  async status(@Param('slug') slug: string) {
    const { id } = await this.tenants.bySlug(slug);
    return toTrust(await this.trustedKeys.status(id));
  }

  @Post('refresh')
  @HttpCode(200)
  async refresh(
    @Param('slug') slug: string,
    @Body(new BodyPipe(RefreshTrustDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) { forget }: RefreshTrustDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    if (forget) await this.trustedKeys.forgetFetched(id);
    await this.trustedKeys.refresh(id);
    const status = await this.trustedKeys.status(id);
    const details = { forget: forget ?? false, health: status.health, last_error: status.lastError };
    await this.database
      .of(id)
      .transaction((tx) => this.audit.record(tx, id, { actor, action: 'trust.refreshed', details }));
    return toTrust(status);
  }

  @Post('explain')
  @HttpCode(200)
  async explain(@Param('slug') slug: string, @Body(new BodyPipe(ExplainTokenDto)) { token }: ExplainTokenDto) {
    return this.partnerTokens.explain(await this.tenants.bySlug(slug), token);
  }
}
