import { Controller, Get, Header, Param } from '@nestjs/common';
import type { JWK } from 'jose';
import { SigningKeys } from '#libs/signing-keys';
import { Tenants } from '#libs/tenants';

@Controller('tenants')
export class TenantJwksController {
  constructor(
    private readonly tenants: Tenants,
    private readonly keys: SigningKeys,
  ) {}

  /** The public half of the keys that we hold for a tenant (RFC 7517 §5). */
  @Get(':slug/.well-known/jwks.json')
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  async jwks(@Param('slug') slug: string): Promise<{ keys: JWK[] }> {
    return this.keys.jwks((await this.tenants.bySlug(slug)).id);
  }
}
