import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { Client, ConnectPolicy, JtiPolicy, NewTenant, Tenant } from '#libs/tenants';
import type { TrustSource } from '#libs/trusted-keys';
import { problem } from '#libs/errors';
import { IsOrigin, IsRedirectUri } from './url-rules.js';

const URL_RULE = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };

class TrustDto {
  @IsOptional()
  @IsUrl(URL_RULE)
  jwks_uri?: string;

  @IsOptional()
  @IsObject()
  jwks?: object;
}

class ClaimsDto {
  @IsOptional()
  @Length(1, 64)
  user?: string;

  @IsOptional()
  @Length(1, 64)
  org?: string;
}

export class CreateTenantDto {
  @Matches(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    message: 'slug must be 1 to 63 of a-z, 0-9 and - (not at either end)',
  })
  slug!: string;

  @IsString()
  @Length(1, 100)
  name!: string;

  @IsString()
  @Length(1, 500)
  issuer!: string;

  @IsOptional()
  @IsString()
  @Length(1, 500)
  audience?: string;

  @IsObject()
  @ValidateNested()
  @Type(() => TrustDto)
  trust!: TrustDto;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ClaimsDto)
  claims?: ClaimsDto;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsRedirectUri({ each: true })
  redirect_uris?: string[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsOrigin({ each: true })
  origins?: string[];

  @IsOptional()
  @IsUrl(URL_RULE)
  login_url?: string;

  @IsOptional()
  @IsInt()
  @Min(30)
  @Max(3600)
  max_token_age_seconds?: number;

  @IsOptional()
  @IsIn(['strict', 'zapier'])
  connect_policy?: ConnectPolicy;

  @IsOptional()
  @IsIn(['optional', 'required'])
  jti?: JtiPolicy;
}

export function toNewTenant(dto: CreateTenantDto, defaultAudience: string): NewTenant {
  return {
    slug: dto.slug,
    name: dto.name,
    issuer: dto.issuer,
    audience: dto.audience ?? defaultAudience,
    userClaim: dto.claims?.user ?? 'sub',
    orgClaim: dto.claims?.org ?? 'org_id',
    maxTokenAgeSeconds: dto.max_token_age_seconds ?? 300,
    jtiPolicy: dto.jti ?? 'optional',
    connectPolicy: dto.connect_policy ?? 'strict',
    redirectUris: dto.redirect_uris ?? [],
    origins: dto.origins ?? [],
    loginUrl: dto.login_url ?? null,
  };
}

export function toTrustSource({ trust: { jwks_uri: jwksUri, jwks } }: CreateTenantDto): TrustSource {
  if ((jwksUri === undefined) === (jwks === undefined)) {
    throw problem('invalid', 'Give either trust.jwks_uri or trust.jwks.', { source: { pointer: '/trust' } });
  }
  return jwksUri === undefined ? { jwks } : { jwksUri };
}

export function toTenant(tenant: Tenant) {
  return {
    slug: tenant.slug,
    name: tenant.name,
    issuer: tenant.issuer,
    audience: tenant.audience,
    claims: { user: tenant.userClaim, org: tenant.orgClaim },
    redirect_uris: tenant.redirectUris,
    origins: tenant.origins,
    login_url: tenant.loginUrl,
    max_token_age_seconds: tenant.maxTokenAgeSeconds,
    connect_policy: tenant.connectPolicy,
    jti: tenant.jtiPolicy,
    created_at: tenant.createdAt,
  };
}

export function toClient({ clientId, name, grants, scopes, redirectUris, secretDigest }: Client) {
  return { client_id: clientId, name, grants, scopes, redirect_uris: redirectUris, public: secretDigest === null };
}
