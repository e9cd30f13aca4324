import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
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
import type { ConnectPolicy, JtiPolicy, NewTenant, Tenant } from '#libs/tenants';
import type { TrustSource } from '#libs/trusted-keys';
import { problem } from '#libs/errors';
import { Optional } from '../http/optional.js';
import { IsOrigin, IsPageUrl, IsRedirectUri } from './url-rules.js';

const URL_RULE = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };

class TrustDto {
  @Optional()
  @IsUrl(URL_RULE)
  jwks_uri?: string;

  @Optional()
  @IsObject()
  jwks?: object;
}

class ClaimsDto {
  @Optional()
  @Length(1, 64)
  user?: string;

  @Optional()
  @Length(1, 64)
  org?: string;
}

/** How the Connect page looks. Null takes a member away. */
class BrandingDto {
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['https'], disallow_auth: true })
  @Length(1, 2048)
  logo_url?: string | null;

  @IsOptional()
  @Matches(/^#[0-9a-f]{6}$/i, { message: 'branding.color must be #rrggbb' })
  color?: string | null;
}

/** Settings that have a default. */
class TenantSettingsDto {
  @Optional()
  @IsString()
  @Length(1, 500)
  audience?: string;

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ClaimsDto)
  claims?: ClaimsDto;

  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsRedirectUri({ each: true })
  redirect_uris?: string[];

  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsOrigin({ each: true })
  origins?: string[];

  /** Null takes it away. */
  @IsOptional()
  @IsPageUrl()
  login_url?: string | null;

  /** Null takes both away; a member that is left out stays as it is. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BrandingDto)
  branding?: BrandingDto | null;

  @Optional()
  @IsInt()
  @Min(30)
  @Max(3600)
  max_token_age_seconds?: number;

  /** Days. */
  @Optional()
  @IsInt()
  @Min(2)
  @Max(90)
  run_retention_days?: number;

  @Optional()
  @IsIn(['strict', 'zapier'])
  connect_policy?: ConnectPolicy;

  @Optional()
  @IsIn(['optional', 'required'])
  jti?: JtiPolicy;
}

export class CreateTenantDto extends TenantSettingsDto {
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

  @IsObject({ message: 'trust is required: {"jwks_uri": "https://…"}, {"jwks": {…}}, or both' })
  @ValidateNested()
  @Type(() => TrustDto)
  trust!: TrustDto;
}

/** What may be changed later: everything but the slug, which is part of URLs that others have stored. */
export class UpdateTenantDto extends TenantSettingsDto {
  @Optional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @Optional()
  @IsString()
  @Length(1, 500)
  issuer?: string;

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => TrustDto)
  trust?: TrustDto;

  @Optional()
  @IsBoolean()
  disabled?: boolean;
}

const DEFAULTS = {
  userClaim: 'sub',
  orgClaim: 'org_id',
  maxTokenAgeSeconds: 300,
  jtiPolicy: 'optional',
  runRetentionDays: 7,
  connectPolicy: 'strict',
  loginUrl: null,
} as const satisfies Partial<NewTenant>;

export function toNewTenant(dto: CreateTenantDto, audience: string): NewTenant {
  const { slug, name, issuer } = dto;
  return { ...DEFAULTS, redirectUris: [], origins: [], audience, ...toTenantChanges(dto), slug, name, issuer };
}

/** Only the members that were given. */
export function toTenantChanges(dto: CreateTenantDto | UpdateTenantDto): Partial<NewTenant> {
  const changes: Partial<NewTenant> = {
    name: dto.name,
    issuer: dto.issuer,
    audience: dto.audience,
    userClaim: dto.claims?.user,
    orgClaim: dto.claims?.org,
    maxTokenAgeSeconds: dto.max_token_age_seconds,
    jtiPolicy: dto.jti,
    connectPolicy: dto.connect_policy,
    runRetentionDays: dto.run_retention_days,
    redirectUris: dto.redirect_uris,
    origins: dto.origins,
    loginUrl: dto.login_url,
    logoUrl: dto.branding === null ? null : dto.branding?.logo_url,
    color: dto.branding === null ? null : (dto.branding?.color?.toLowerCase() ?? dto.branding?.color),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

export function toTrustSource({ jwks_uri: jwksUri, jwks }: TrustDto): TrustSource {
  if (jwksUri === undefined && jwks === undefined)
    throw problem('invalid', 'Give trust.jwks_uri, trust.jwks, or both.', { source: { pointer: '/trust' } });
  return { ...(jwksUri !== undefined && { jwksUri }), ...(jwks !== undefined && { jwks }) };
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
    branding: { logo_url: tenant.logoUrl, color: tenant.color },
    max_token_age_seconds: tenant.maxTokenAgeSeconds,
    connect_policy: tenant.connectPolicy,
    run_retention_days: tenant.runRetentionDays,
    jti: tenant.jtiPolicy,
    disabled: tenant.disabledAt !== null,
    created_at: tenant.createdAt,
  };
}
