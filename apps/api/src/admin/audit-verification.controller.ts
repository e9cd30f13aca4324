import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { AuditVerification } from '#libs/audit-chain';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminGuard } from './admin.guard.js';
import { MOST_CHAINS, toVerified, VerifyAuditDto } from './audit-verification.dto.js';
import { cursorOf, idBehind } from './cursor-page.js';

/** What follows is left to the next request: proxies give up on one that takes a minute. */
const SECONDS = 10;

@Controller('admin/audit')
@UseGuards(AdminGuard)
export class AuditVerificationController {
  constructor(
    private readonly tenants: Tenants,
    private readonly verification: AuditVerification,
  ) {}

  /** 200 also when a chain is broken: `ok` says so of those in this answer, and each of them names its first broken place. */
  @Post('verify')
  @HttpCode(200)
  async verify(
    @Body(new BodyPipe(VerifyAuditDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: VerifyAuditDto,
  ) {
    const { chains: verified, next } = await (dto.tenant === undefined ? this.#page(dto) : this.#one(dto.tenant, dto));
    const slugs = new Map((await this.tenants.list()).map(({ id, slug }) => [id, slug]));
    const chains = verified.map((one) => toVerified(one, slugs.get(one.tenantId) ?? null));
    return { ok: chains.every(({ ok }) => ok), chains, next_cursor: next && cursorOf(next) };
  }

  async #one(slug: string, { checkpoints, limit, cursor }: VerifyAuditDto) {
    for (const [name, value] of Object.entries({ limit, cursor }))
      if (value !== undefined)
        throw problem('invalid', `${name} is for the chains of all tenants. Leave it out, or tenant.`, {
          source: { pointer: `/${name}` },
        });
    const { id } = await this.tenants.bySlug(slug);
    return { chains: [await this.verification.verify(id, checkpoints)], next: null };
  }

  #page({ checkpoints, limit = MOST_CHAINS, cursor }: VerifyAuditDto) {
    const after = cursor === undefined ? undefined : idBehind(cursor, { pointer: '/cursor' });
    return this.verification.verifyPage({ after, limit, seconds: SECONDS }, checkpoints);
  }
}
