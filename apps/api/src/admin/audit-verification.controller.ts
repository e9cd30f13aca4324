import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { AuditVerification, VerificationBudget } from '#libs/audit-chain';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminGuard } from './admin.guard.js';
import { badCursor, fromCursor, MOST_CHAINS, toCursor, toVerified, VerifyAuditDto } from './audit-verification.dto.js';

/** What is left is for the next request: proxies give up on one that takes a minute. */
const BOUNDS = { entries: 100_000, seconds: 10 };

@Controller('admin/audit')
@UseGuards(AdminGuard)
export class AuditVerificationController {
  constructor(
    private readonly tenants: Tenants,
    private readonly verification: AuditVerification,
  ) {}

  /** 200 also when a chain is broken: `ok` is of what this answer followed, and each chain names its first broken place. */
  @Post('verify')
  @HttpCode(200)
  async verify(
    @Body(new BodyPipe(VerifyAuditDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: VerifyAuditDto,
  ) {
    const { chains: verified, next } = await (dto.tenant === undefined ? this.#page(dto) : this.#one(dto.tenant, dto));
    const slugs = new Map((await this.tenants.list()).map(({ id, slug }) => [id, slug]));
    const chains = verified.map((one) => toVerified(one, slugs.get(one.tenantId) ?? null));
    return { ok: chains.every(({ ok }) => ok), chains, next_cursor: next && toCursor(next) };
  }

  async #one(slug: string, { checkpoints, limit, cursor }: VerifyAuditDto) {
    if (limit !== undefined)
      throw problem('invalid', 'limit is for the chains of all tenants. Leave it out, or tenant.', {
        source: { pointer: '/limit' },
      });
    const { id } = await this.tenants.bySlug(slug);
    const after = cursor === undefined ? null : fromCursor(cursor);
    if (after && (after.tenantId !== id || after.rest === null)) throw badCursor();
    const part = { start: after?.rest ?? null, budget: new VerificationBudget(BOUNDS) };
    const chain = await this.verification.verify(id, checkpoints, part);
    return { chains: [chain], next: chain.rest && { tenantId: id, rest: chain.rest } };
  }

  #page({ checkpoints, limit = MOST_CHAINS, cursor }: VerifyAuditDto) {
    const after = cursor === undefined ? undefined : fromCursor(cursor);
    return this.verification.verifyPage({ after, limit, ...BOUNDS }, checkpoints);
  }
}
