import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { AdminKeys, AdminKeyStore } from '#libs/admin-keys';
import type { Actor } from '#libs/audit';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { PLATFORM, Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { optionalParameter } from '../http/query.js';
import { AdminActor, Caller } from './actor.js';
import type { AdminCaller } from './admin-caller.js';
import { CreateAdminKeyDto, toAdminKey, toNewAdminKey } from './admin-keys.dto.js';
import { AdminGuard } from './admin.guard.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';

/** Keys to this API besides `ADMIN_TOKEN`. Those of a tenant reach none of these routes: see AdminCaller. */
@Controller('admin/keys')
@UseGuards(AdminGuard)
export class AdminKeysController {
  constructor(
    private readonly store: AdminKeyStore,
    private readonly keys: AdminKeys,
    private readonly tenants: Tenants,
    private readonly clock: Clock,
  ) {}

  /** The key is in this answer and nowhere else, ever again. */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async create(
    @Body(new BodyPipe(CreateAdminKeyDto)) dto: CreateAdminKeyDto,
    @Caller() caller: AdminCaller,
    @AdminActor() actor: Actor,
  ) {
    const values = toNewAdminKey(dto, caller, this.clock.now());
    const tenantId = dto.tenant === undefined ? PLATFORM : (await this.tenants.bySlug(dto.tenant)).id;
    const { id, secret } = await this.store.create(tenantId, values, actor);
    const made = await this.store.find(tenantId, id);
    return { ...(made && toAdminKey(made)), key: secret.reveal() };
  }

  /** Newest first, revoked ones too. */
  @Get()
  async list(@Query() query: Record<string, unknown>) {
    const { limit, before } = toCursorPaging(query, ['tenant']);
    const slug = optionalParameter(query, 'tenant');
    const tenantId = slug === undefined ? null : (await this.tenants.bySlug(slug)).id;
    await this.keys.flushUses();
    const { shown, nextCursor } = cursorPage(await this.store.list({ tenantId, before, limit: limit + 1 }), limit);
    return { keys: shown.map(toAdminKey), next_cursor: nextCursor };
  }

  /** Felt on every process within a second. */
  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id') id: string, @AdminActor() actor: Actor): Promise<void> {
    const tenantId = await this.store.ownerOf(id);
    if (!tenantId) throw problem('not_found', 'There is no admin key with this id. GET /admin/keys lists them.');
    await this.store.revoke(tenantId, id, actor);
  }
}
