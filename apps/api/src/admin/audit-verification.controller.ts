import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { AuditVerification, type Verified } from '#libs/audit-chain';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminGuard } from './admin.guard.js';
import { toVerified, VerifyAuditDto } from './audit-verification.dto.js';

@Controller('admin/audit')
@UseGuards(AdminGuard)
export class AuditVerificationController {
  constructor(
    private readonly tenants: Tenants,
    private readonly verification: AuditVerification,
  ) {}

  /** 200 also when a chain is broken: `ok` says so, and each chain names its first broken place. */
  @Post('verify')
  @HttpCode(200)
  async verify(
    @Body(new BodyPipe(VerifyAuditDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: VerifyAuditDto,
  ) {
    const verified: Verified[] = [];
    if (dto.tenant !== undefined) {
      const { id } = await this.tenants.bySlug(dto.tenant);
      verified.push(await this.verification.verify(id, dto.checkpoints));
    } else for await (const one of this.verification.verifyAll(dto.checkpoints)) verified.push(one);
    const slugs = new Map((await this.tenants.list()).map(({ id, slug }) => [id, slug]));
    const chains = verified.map((one) => toVerified(one, slugs.get(one.tenantId) ?? null));
    return { ok: chains.every(({ ok }) => ok), chains };
  }
}
