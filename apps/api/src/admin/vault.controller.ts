import { Body, Controller, Get, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Actor } from '#libs/audit';
import { Clock } from '#libs/scheduling';
import { Rewraps, Shredding, VaultInventory } from '#libs/vault';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { TenantDeletion } from './tenant-deletion.js';
import { RewrapDto, toBuriedTenants, TombstonesDto, toRewrap, toTombstone, toVault } from './vault.dto.js';

/** The keys that wrap data keys, by their ids, and the tenants whose data keys were destroyed. */
@Controller('admin/vault')
@UseGuards(AdminGuard)
export class VaultController {
  constructor(
    private readonly inventory: VaultInventory,
    private readonly rewraps: Rewraps,
    private readonly shredding: Shredding,
    private readonly deletion: TenantDeletion,
    private readonly clock: Clock,
  ) {}

  @Get()
  async show() {
    const [inventory, rewrap] = await Promise.all([this.inventory.read(), this.rewraps.status()]);
    return toVault(inventory, rewrap, this.clock.now());
  }

  /** 202: workers do it. 200 for a dry run, which starts nothing. */
  @Post('rewrap')
  async rewrap(
    @Body(new BodyPipe(RewrapDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: RewrapDto,
    @AdminActor() actor: Actor,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const kind = dto.data_keys ?? 'keep';
    if (dto.dry_run) {
      await reply.status(200).send({ data_keys: kind, total: await this.rewraps.plannedTotal(kind) });
      return;
    }
    await reply.status(202).send(toRewrap(await this.rewraps.start(kind, actor), this.clock.now()));
  }

  @Get('tombstones')
  async tombstones() {
    return { tombstones: (await this.shredding.list()).map(toTombstone) };
  }

  /** For a database that was restored from a backup: tenants that were deleted after it are deleted again. */
  @Post('tombstones')
  @HttpCode(200)
  async bury(@Body(new BodyPipe(TombstonesDto)) dto: TombstonesDto, @AdminActor() actor: Actor) {
    for (const tombstone of toBuriedTenants(dto)) await this.deletion.delete(tombstone, actor, tombstone);
    return this.tombstones();
  }
}
