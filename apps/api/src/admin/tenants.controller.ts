import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Config } from '#libs/config';
import { KeyRotation } from '#libs/signing-keys';
import { Tenants } from '#libs/tenants';
import { TrustedKeys } from '#libs/trusted-keys';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { CreateClientDto } from './client.dto.js';
import {
  CreateTenantDto,
  UpdateTenantDto,
  toClient,
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
    const trust = dto.trust && toTrustSource(dto.trust);
    if (trust) await this.trustedKeys.requireAllowed(trust);
    const changes = toTenantChanges(dto);
    const tenant = await this.tenants.update(id, changes, async (tx) => {
      if (trust) {
        await this.trustedKeys.register(id, trust, tx);
        const details = { jwks_uri: trust.jwksUri ?? null, uploaded: trust.jwks !== undefined };
        await this.audit.record(tx, id, { actor, action: 'trust.changed', details });
      }
      const changed = Object.keys(changes).join(' ');
      if (changed !== '') await this.audit.record(tx, id, { actor, action: 'tenant.changed', details: { changed } });
    });
    if (trust) this.trustedKeys.forget(id);
    return tenant && toTenant(tenant);
  }

  @Post(':slug/clients')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async addClient(
    @Param('slug') slug: string,
    @Body(new BodyPipe(CreateClientDto)) dto: CreateClientDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const { redirect_uris: redirectUris = [], public: isPublic = false, ...values } = dto;
    const { client, secret } = await this.tenants.addClient(id, { ...values, redirectUris, isPublic }, (made, tx) =>
      this.audit.record(tx, id, { actor, action: 'client.created', subject: made.clientId }),
    );
    return { ...toClient(client), ...(secret && { client_secret: secret.reveal() }) };
  }
}
