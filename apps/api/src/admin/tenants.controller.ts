import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Config } from '#libs/config';
import { Disabling } from '#libs/oauth';
import { KeyRotation } from '#libs/signing-keys';
import { Tenants } from '#libs/tenants';
import { TrustedKeys } from '#libs/trusted-keys';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { changedMembers } from './changed-members.js';
import { toClient } from './client.dto.js';
import {
  CreateTenantDto,
  UpdateTenantDto,
  toNewTenant,
  toTenant,
  toTenantChanges,
  toTrustSource,
} from './tenant.dto.js';

@Controller('admin/tenants')
@UseGuards(AdminGuard)
export class TenantsController {
  constructor(
    private readonly config: Config,
    private readonly tenants: Tenants,
    private readonly trustedKeys: TrustedKeys,
    private readonly keyRotation: KeyRotation,
    private readonly disabling: Disabling,
    private readonly audit: Audit,
  ) {}

  /** The client's secret is in this answer and nowhere else, ever again. */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async create(@Body(new BodyPipe(CreateTenantDto)) dto: CreateTenantDto, @AdminActor() actor: Actor) {
    const trust = toTrustSource(dto.trust);
    await this.trustedKeys.requireAllowed(trust);
    const values = toNewTenant(dto, new URL(this.config.publicUrl).hostname);
    const { tenant, client, secret } = await this.tenants.create(values, async ({ id }, tx) => {
      await this.trustedKeys.register(id, trust, tx);
      await this.audit.record(tx, id, { actor, action: 'tenant.created', subject: dto.slug });
      await this.keyRotation.createFirst(id, actor, tx);
    });
    return { ...toTenant(tenant), client: { ...toClient(client), client_secret: secret?.reveal() } };
  }

  @Get()
  async list() {
    return { tenants: (await this.tenants.list()).map(toTenant) };
  }

  @Get(':slug')
  async get(@Param('slug') slug: string) {
    return toTenant(await this.tenants.bySlug(slug));
  }

  @Patch(':slug')
  async update(
    @Param('slug') slug: string,
    @Body(new BodyPipe(UpdateTenantDto)) dto: UpdateTenantDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const { disabled, ...settings } = dto;
    const trust = dto.trust && toTrustSource(dto.trust);
    if (trust) await this.trustedKeys.requireAllowed(trust);
    const tenant = await this.tenants.update(id, toTenantChanges(dto), async (tx) => {
      if (trust) {
        await this.trustedKeys.register(id, trust, tx);
        const source = { jwks_uri: trust.jwksUri ?? null, uploaded: trust.jwks !== undefined };
        await this.audit.record(tx, id, { actor, action: 'trust.changed', details: source });
      }
      const details = changedMembers(settings);
      if (details) await this.audit.record(tx, id, { actor, action: 'tenant.changed', subject: slug, details });
      if (disabled !== undefined) await this.disabling.set(id, { kind: 'tenant', id, disabled }, actor, tx);
    });
    if (trust) this.trustedKeys.forget(id);
    await this.disabling.takeEffect(id, 'tenant', id);
    return tenant && toTenant(tenant);
  }
}
