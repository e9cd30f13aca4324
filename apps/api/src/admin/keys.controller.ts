import {
  Body,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Param,
  Post,
  Put,
  UseGuards,
  type PipeTransform,
} from '@nestjs/common';
import type { Actor } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { KeyRotation, PublishedKeys, SigningKeyStore, Signer } from '#libs/signing-keys';
import { PLATFORM, Tenants } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { KeyPolicyDto, RotateKeyDto, toKey, toPolicy, toPolicyChanges } from './keys.dto.js';

/** The tenant of the path; Gatehouse itself where the path names none. */
@Injectable()
class KeyOwnerPipe implements PipeTransform<string | undefined, Promise<TenantId>> {
  constructor(private readonly tenants: Tenants) {}

  async transform(slug: string | undefined): Promise<TenantId> {
    return slug === undefined ? PLATFORM : (await this.tenants.bySlug(slug)).id;
  }
}

/**
 * The keys that we hold for a tenant, and, under `platform`, our own. A change is in the JWKS of this process before it is answered: whoever
 * revokes a key need not wait to see it gone, even if the database is lost in that second. The other processes follow within one.
 */
@Controller(['admin/tenants/:slug/keys', 'admin/platform/keys'])
@UseGuards(AdminGuard)
export class KeysController {
  constructor(
    private readonly rotation: KeyRotation,
    private readonly store: SigningKeyStore,
    private readonly signer: Signer,
    private readonly published: PublishedKeys,
  ) {}

  @Get()
  async list(@Param('slug', KeyOwnerPipe) owner: TenantId) {
    await this.signer.flushUses();
    return { keys: (await this.store.list(owner)).map(toKey) };
  }

  @Post('rotate')
  @HttpCode(201)
  async rotate(
    @Param('slug', KeyOwnerPipe) owner: TenantId,
    @Body(new BodyPipe(RotateKeyDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: RotateKeyDto,
    @AdminActor() actor: Actor,
  ) {
    const { alg, activate_after_seconds: activateAfterSeconds, overlap_seconds: overlapSeconds } = dto;
    const key = await this.rotation.rotate(owner, { alg, activateAfterSeconds, overlapSeconds }, actor);
    await this.published.sync();
    return toKey(key);
  }

  @Post(':kid/revoke')
  @HttpCode(200)
  async revoke(@Param('slug', KeyOwnerPipe) owner: TenantId, @Param('kid') kid: string, @AdminActor() actor: Actor) {
    const key = await this.rotation.revoke(owner, kid, actor);
    if (await this.published.sync()) return toKey(key);
    throw problem(
      'unavailable',
      'The key is revoked, but the database went away before this process could take it out of its JWKS. It does so when the database is back; call again to be sure.',
      { retryAfterSeconds: 1 },
    );
  }

  @Get('policy')
  async policy(@Param('slug', KeyOwnerPipe) owner: TenantId) {
    return toPolicy(await this.rotation.policy(owner));
  }

  @Put('policy')
  async setPolicy(
    @Param('slug', KeyOwnerPipe) owner: TenantId,
    @Body(new BodyPipe(KeyPolicyDto)) dto: KeyPolicyDto,
    @AdminActor() actor: Actor,
  ) {
    const policy = await this.rotation.setPolicy(owner, toPolicyChanges(dto), actor);
    await this.published.sync();
    return toPolicy(policy);
  }
}
