import { Body, Controller, Get, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Actor } from '#libs/audit';
import { RevocationJobs, type RevocationFilter } from '#libs/connections';
import { isStorable, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';
import { CreateRevocationDto, toListedRevocation, toPlan, toRevocation } from './revocations.dto.js';

/** The kill switch: many connections are disconnected at once, and their third parties told. */
@Controller('admin/tenants/:slug/revocations')
@UseGuards(AdminGuard)
export class RevocationsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly jobs: RevocationJobs,
  ) {}

  /** 202: workers do it. 200 for a dry run, which changes nothing. */
  @Post()
  async create(
    @Param('slug') slug: string,
    @Body(new BodyPipe(CreateRevocationDto)) dto: CreateRevocationDto,
    @AdminActor() actor: Actor,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const filter = await this.#filter(tenantId, dto);
    if (dto.dry_run) {
      await reply.status(200).send(toPlan(await this.jobs.count(tenantId, filter)));
      return;
    }
    const id = await this.jobs.start(tenantId, filter, actor);
    await reply.status(202).send(await this.#shown(tenantId, id));
  }

  @Get()
  async list(@Param('slug') slug: string, @Query() query: Record<string, unknown>) {
    const { limit, before } = toCursorPaging(query, []);
    const { id } = await this.tenants.bySlug(slug);
    const { shown, nextCursor } = cursorPage(await this.jobs.list(id, before, limit + 1), limit);
    return { revocations: shown.map(toListedRevocation), next_cursor: nextCursor };
  }

  @Get(':id')
  async get(@Param('slug') slug: string, @Param('id') id: string) {
    return this.#shown((await this.tenants.bySlug(slug)).id, id);
  }

  async #shown(tenantId: TenantId, id: string) {
    const job = await this.jobs.find(tenantId, id);
    if (!job)
      throw problem(
        'not_found',
        'There is no revocation with this id. It is in the answer that began it, and in the audit as revocation.started.',
      );
    return toRevocation(job, await this.jobs.outcomes(tenantId, job.id));
  }

  async #filter(tenantId: TenantId, { app, org, user, before }: CreateRevocationDto): Promise<RevocationFilter> {
    for (const [member, text] of Object.entries({ app, org, user }))
      if (text !== undefined && !isStorable(text))
        throw problem('invalid', 'This holds a character that no name has.', { source: { pointer: `/${member}` } });
    const appId = app === undefined ? null : await this.jobs.appId(tenantId, app);
    if (app !== undefined && appId === null)
      throw problem('invalid', `No connection of this tenant is of an app "${app}". GET …/apps lists the keys.`, {
        source: { pointer: '/app' },
      });
    return { appId, org: org ?? null, subject: user ?? null, before: before === undefined ? null : new Date(before) };
  }
}
