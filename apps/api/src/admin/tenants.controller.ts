import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Config } from '#libs/config';
import { SigningKeys } from '#libs/signing-keys';
import { Tenants } from '#libs/tenants';
import { TrustedKeys } from '#libs/trusted-keys';
import { BodyPipe } from '../http/body-pipe.js';
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
    private readonly signingKeys: SigningKeys,
  ) {}

  /** The client's secret is in this answer and nowhere else, ever again. */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async create(@Body(new BodyPipe(CreateTenantDto)) dto: CreateTenantDto) {
    const trust = toTrustSource(dto.trust);
    const values = toNewTenant(dto, new URL(this.config.publicUrl).hostname);
    const { tenant, client, secret } = await this.tenants.create(values, async ({ id }, tx) => {
      await this.trustedKeys.register(id, trust, tx);
      await this.signingKeys.createFirst(id, tx);
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
  async update(@Param('slug') slug: string, @Body(new BodyPipe(UpdateTenantDto)) dto: UpdateTenantDto) {
    const { id } = await this.tenants.bySlug(slug);
    const trust = dto.trust && toTrustSource(dto.trust);
    const tenant = await this.tenants.update(id, toTenantChanges(dto), async (tx) => {
      if (trust) await this.trustedKeys.register(id, trust, tx);
    });
    return tenant && toTenant(tenant);
  }

  @Post(':slug/clients')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async addClient(@Param('slug') slug: string, @Body(new BodyPipe(CreateClientDto)) dto: CreateClientDto) {
    const { id } = await this.tenants.bySlug(slug);
    const { redirect_uris: redirectUris = [], public: isPublic = false, ...values } = dto;
    const { client, secret } = await this.tenants.addClient(id, { ...values, redirectUris, isPublic });
    return { ...toClient(client), ...(secret && { client_secret: secret.reveal() }) };
  }

  @Get(':slug/keys')
  async keys(@Param('slug') slug: string) {
    const { id } = await this.tenants.bySlug(slug);
    const keys = await this.signingKeys.list(id);
    return {
      keys: keys.map(({ kid, alg, state, activatesAt, retiresAt, lastUsedAt }) => ({
        kid,
        alg,
        state,
        activates_at: activatesAt,
        retires_at: retiresAt,
        last_used_at: lastUsedAt,
      })),
    };
  }
}
