import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Database, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Consents, Disabling } from '#libs/oauth';
import { Tenants, Users, type User } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { UpdateUserDto, toUser, toUserPage, toUserQuery } from './user.dto.js';

/** The people whom a tenant's JWTs have named. */
@Controller('admin/tenants/:slug/users')
@UseGuards(AdminGuard)
export class UsersController {
  constructor(
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly disabling: Disabling,
    private readonly consents: Consents,
    private readonly audit: Audit,
    private readonly database: Database,
  ) {}

  @Get()
  async list(@Param('slug') slug: string, @Query() query: Record<string, unknown>) {
    const { limit, ...filter } = toUserQuery(query);
    const { id } = await this.tenants.bySlug(slug);
    return toUserPage(await this.users.list(id, { ...filter, limit: limit + 1 }), limit);
  }

  @Get(':user')
  async get(@Param('slug') slug: string, @Param('user') userId: string) {
    return toUser(await this.#find((await this.tenants.bySlug(slug)).id, userId));
  }

  @Patch(':user')
  async update(
    @Param('slug') slug: string,
    @Param('user') userId: string,
    @Body(new BodyPipe(UpdateUserDto)) { disabled }: UpdateUserDto,
    @AdminActor() actor: Actor,
  ) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    // As the row has it: an id in capitals is the same one, but to a denial another.
    const { id } = await this.#find(tenantId, userId);
    await this.database
      .of(tenantId)
      .transaction((tx) => this.disabling.set(tenantId, { kind: 'user', id, disabled }, actor, tx));
    await this.disabling.takeEffect(tenantId, 'user', id);
    return toUser(await this.#find(tenantId, id));
  }

  /** What the user allowed clients so far: each has to ask again. What was issued for it lives on until it is revoked. */
  @Delete(':user/consents')
  @HttpCode(204)
  async withdrawConsents(@Param('slug') slug: string, @Param('user') userId: string, @AdminActor() actor: Actor) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const { id } = await this.#find(tenantId, userId);
    await this.database.of(tenantId).transaction(async (tx) => {
      const clients = await this.consents.withdraw(tenantId, id, undefined, tx);
      await this.audit.record(tx, tenantId, { actor, action: 'consent.withdrawn', subject: id, details: { clients } });
    });
  }

  async #find(tenantId: TenantId, userId: string): Promise<User> {
    const user = await this.users.find(tenantId, userId);
    if (!user) throw problem('not_found', 'There is no user with this id. GET …/users lists them.');
    return user;
  }
}
