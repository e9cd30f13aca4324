import { Body, Controller, Get, Param, Patch, Query, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Database, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Disabling } from '#libs/oauth';
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
    await this.database.transaction((tx) => this.disabling.set(tenantId, { kind: 'user', id, disabled }, actor, tx));
    await this.disabling.takeEffect(tenantId, 'user', id);
    return toUser(await this.#find(tenantId, id));
  }

  async #find(tenantId: TenantId, userId: string): Promise<User> {
    const user = await this.users.find(tenantId, userId);
    if (!user) throw problem('not_found', 'There is no user with this id.');
    return user;
  }
}
