import { Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import {
  canRefresh,
  ConnectionDirectory,
  Connections,
  Disconnection,
  isUsable,
  type ListedConnection,
} from '#libs/connections';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import { AlteredSecretError } from '#libs/vault';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { toConnection } from './connections.dto.js';

/** What an operator does with one connection, whoever's it is. */
@Controller('admin/tenants/:slug/connections/:id')
@UseGuards(AdminGuard)
export class ConnectionActionsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly directory: ConnectionDirectory,
    private readonly connections: Connections,
    private readonly disconnection: Disconnection,
    private readonly audit: Audit,
  ) {}

  @Get()
  async get(@Param('slug') slug: string, @Param('id') id: string) {
    return toConnection(await this.#find((await this.tenants.bySlug(slug)).id, id));
  }

  /** 202: a worker does it, before what is due by the clock. A token that may be presented once only is not presented twice for it. */
  @Post('refresh')
  @HttpCode(202)
  async refresh(@Param('slug') slug: string, @Param('id') id: string, @AdminActor() actor: Actor) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const connection = await this.#find(tenantId, id);
    if (!isUsable(connection.status))
      throw problem(
        'conflict',
        `A connection that is ${connection.status} is not refreshed: its user has to connect it.`,
      );
    if (!(await this.#canRefresh(connection)))
      throw problem(
        'conflict',
        'There is no refresh token that could be read for this connection: it is used as it is, for as long as it works.',
      );
    await this.connections.refreshNow(connection, ['connected', 'degraded'], (tx) =>
      this.audit.record(tx, tenantId, { actor, action: 'connection.refresh_requested', subject: connection.id }),
    );
    return toConnection(await this.#find(tenantId, id));
  }

  /** Disconnects. `revocation` says how telling the app went. */
  @Delete()
  async remove(@Param('slug') slug: string, @Param('id') id: string, @AdminActor() actor: Actor) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const revocation = await this.disconnection.disconnectAny(tenantId, id, actor);
    if (revocation === null) throw notFound();
    return { id, deleted: true, revocation };
  }

  /** @throws KeyringError: with the key back, it may be one that can */
  async #canRefresh({ tenantId, id }: ListedConnection): Promise<boolean> {
    try {
      const held = await this.connections.credentials(tenantId, id);
      return held !== null && canRefresh(held.value);
    } catch (error) {
      if (error instanceof AlteredSecretError) return false;
      throw error;
    }
  }

  async #find(tenantId: TenantId, id: string) {
    const connection = await this.directory.find(tenantId, id);
    if (!connection) throw notFound();
    return connection;
  }
}

function notFound(): Error {
  return problem('not_found', 'There is no connection with this id. GET …/connections lists them.');
}
