import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  upstreamConnects,
  upstreamModes,
  type RequiredSettings,
  type Upstream,
  type UpstreamConnect,
  type UpstreamHealth,
  type UpstreamMode,
  type UpstreamSettings,
} from '#libs/upstream';
import { Optional } from '../http/optional.js';
import { IsPageUrl } from './url-rules.js';

/** RFC 6749 §3.3 */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;
const MAX_URL = 2048;

class UpstreamClaimsDto {
  @Optional()
  @Length(1, 64)
  user?: string;

  @Optional()
  @Length(1, 64)
  org?: string;
}

/** In no window of so many seconds is it called more often. */
class UpstreamRateDto {
  @Optional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  per_address?: number;

  @Optional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  per_partner?: number;

  @Optional()
  @IsNumber()
  @Min(0.1)
  @Max(86_400)
  window_seconds?: number;
}

/** What is left out keeps its value, or has the one that follows from the rest. */
export class PutUpstreamDto {
  @IsIn(upstreamModes)
  mode!: UpstreamMode;

  @IsPageUrl()
  @Length(1, MAX_URL)
  api_url!: string;

  @IsPageUrl()
  @Length(1, MAX_URL)
  token_url!: string;

  @IsPageUrl()
  @Length(1, MAX_URL)
  connect_url!: string;

  /** In the mode `user`. */
  @Optional()
  @IsPageUrl()
  @Length(1, MAX_URL)
  authorize_url?: string;

  /** Of the keys that its callbacks are signed with. */
  @Optional()
  @IsPageUrl()
  @Length(1, MAX_URL)
  jwks_url?: string;

  @IsString()
  @Length(1, 500)
  client_id!: string;

  @Optional()
  @IsString()
  @Length(1, 4000)
  client_secret?: string;

  @Optional()
  @IsString()
  @Length(1, 500)
  issuer?: string;

  @Optional()
  @IsString()
  @Length(1, 500)
  audience?: string;

  @Optional()
  @IsString()
  @Length(1, 100)
  title?: string;

  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(SCOPE_TOKEN, { each: true, message: 'each of scopes must be a scope token of RFC 6749 §3.3' })
  scopes?: string[];

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => UpstreamClaimsDto)
  claims?: UpstreamClaimsDto;

  @Optional()
  @IsIn(upstreamConnects)
  connect?: UpstreamConnect;

  @Optional()
  @IsBoolean()
  implicit?: boolean;

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => UpstreamRateDto)
  rate?: UpstreamRateDto;
}

export const URL_MEMBERS = ['api_url', 'token_url', 'connect_url', 'authorize_url', 'jwks_url'] as const;

/** Only the members that were given. */
export function toUpstreamSettings(dto: PutUpstreamDto): RequiredSettings & Partial<UpstreamSettings> {
  const { mode, title, enabled, issuer, audience, scopes, claims, connect, implicit, rate } = dto;
  const optional = {
    title,
    enabled,
    issuer,
    audience,
    scopes,
    connect,
    implicit,
    authorizeUrl: dto.authorize_url && withoutSlash(dto.authorize_url),
    jwksUrl: dto.jwks_url && withoutSlash(dto.jwks_url),
    userClaim: claims?.user,
    orgClaim: claims?.org,
    callsPerAddress: rate?.per_address,
    callsPerPartner: rate?.per_partner,
    windowSeconds: rate?.window_seconds,
  };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as Partial<UpstreamSettings>),
    mode,
    apiUrl: withoutSlash(dto.api_url),
    tokenUrl: withoutSlash(dto.token_url),
    connectUrl: withoutSlash(dto.connect_url),
    clientId: dto.client_id,
  };
}

/** @param addresses ours, that the upstream has to know */
export function toUpstream(upstream: Upstream, health: UpstreamHealth | null, addresses: object) {
  return {
    name: upstream.name,
    title: upstream.title,
    mode: upstream.mode,
    enabled: upstream.enabled,
    api_url: upstream.apiUrl,
    token_url: upstream.tokenUrl,
    connect_url: upstream.connectUrl,
    authorize_url: upstream.authorizeUrl,
    jwks_url: upstream.jwksUrl,
    client_id: upstream.clientId,
    issuer: upstream.issuer,
    audience: upstream.audience,
    claims: { user: upstream.userClaim, org: upstream.orgClaim },
    scopes: upstream.scopes,
    connect: upstream.connect,
    implicit: upstream.implicit,
    rate: {
      per_address: upstream.callsPerAddress,
      per_partner: upstream.callsPerPartner,
      window_seconds: upstream.windowSeconds,
    },
    register: addresses,
    health: health && toUpstreamHealth(health),
    created_at: upstream.createdAt,
    updated_at: upstream.updatedAt,
  };
}

function toUpstreamHealth(health: UpstreamHealth) {
  return {
    state: health.state,
    answered_at: health.answeredAt,
    failing_since: health.failingSince,
    last_failure: health.lastFailure,
    paused_until: health.pausedUntil,
    apps: health.apps,
    synced_at: health.syncedAt,
    sync: health.sync,
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
