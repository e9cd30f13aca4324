import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { Tenants } from '#libs/tenants';
import { TrustedKeys } from '#libs/trusted-keys';
import { AdminGuard } from './admin.guard.js';

@Controller('admin/tenants/:slug/trust')
@UseGuards(AdminGuard)
export class TrustController {
  constructor(
    private readonly tenants: Tenants,
    private readonly trustedKeys: TrustedKeys,
  ) {}

  /** The partner's own keys as we see them. */
  @Get()
  async status(@Param('slug') slug: string) {
    const { id } = await this.tenants.bySlug(slug);
    const { set, stale } = await this.trustedKeys.status(id);
    return {
      source: set.jwksUri === null ? { uploaded: true } : { jwks_uri: set.jwksUri },
      fetched_at: set.fetchedAt,
      stale,
      last_error: set.lastError,
      keys: [...(set.uploadedKeys ?? []), ...(set.fetchedKeys ?? [])].map(({ kid, alg, kty }) => ({
        kid,
        alg: alg ?? null,
        kty,
      })),
    };
  }
}
