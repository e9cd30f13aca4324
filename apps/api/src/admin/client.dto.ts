import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import {
  grantNames,
  knownScopes,
  MAX_REFRESH_GRACE_SECONDS,
  MAX_REFRESH_LIFETIME_SECONDS,
  type Client,
  type ClientSettings,
  type GrantName,
} from '#libs/tenants';
import { Optional } from '../http/optional.js';
import { IsRedirectUri } from './url-rules.js';

const MIN_REFRESH_LIFETIME_SECONDS = 60;
const MAX_GRACE_SECONDS = 30 * 86_400;

export class CreateClientDto {
  @IsString()
  @Length(1, 100)
  name!: string;

  @IsArray()
  @ArrayUnique()
  @IsIn(grantNames, { each: true })
  grants!: GrantName[];

  @IsArray()
  @ArrayUnique()
  @IsIn(knownScopes, { each: true })
  scopes!: string[];

  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsRedirectUri({ each: true })
  redirect_uris?: string[];

  /** For how long a spent refresh token still gets what it was spent for; 0: not at all. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MAX_REFRESH_GRACE_SECONDS)
  refresh_grace_seconds?: number;

  /** From the user's consent, however often the token was refreshed since; null: without end. */
  @IsOptional()
  @IsInt()
  @Min(MIN_REFRESH_LIFETIME_SECONDS)
  @Max(MAX_REFRESH_LIFETIME_SECONDS)
  refresh_lifetime_seconds?: number | null;

  @Optional()
  @IsBoolean()
  public?: boolean;
}

/** What may be changed later: everything but whether the client has a secret. */
export class UpdateClientDto {
  @Optional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @Optional()
  @IsArray()
  @ArrayUnique()
  @IsIn(grantNames, { each: true })
  grants?: GrantName[];

  @Optional()
  @IsArray()
  @ArrayUnique()
  @IsIn(knownScopes, { each: true })
  scopes?: string[];

  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsRedirectUri({ each: true })
  redirect_uris?: string[];

  /** For how long a spent refresh token still gets what it was spent for; 0: not at all. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MAX_REFRESH_GRACE_SECONDS)
  refresh_grace_seconds?: number;

  /** From the user's consent, however often the token was refreshed since; null: without end. */
  @IsOptional()
  @IsInt()
  @Min(MIN_REFRESH_LIFETIME_SECONDS)
  @Max(MAX_REFRESH_LIFETIME_SECONDS)
  refresh_lifetime_seconds?: number | null;

  @Optional()
  @IsBoolean()
  disabled?: boolean;
}

export class ReplaceSecretDto {
  /** For how long the secret before is still good; 0: no longer. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MAX_GRACE_SECONDS)
  grace_seconds?: number;
}

/** Only the members that were given. */
export function toClientChanges({
  name,
  grants,
  scopes,
  redirect_uris: redirectUris,
  refresh_grace_seconds: refreshGraceSeconds,
  refresh_lifetime_seconds: refreshLifetimeSeconds,
}: UpdateClientDto): Partial<ClientSettings> {
  const changes = { name, grants, scopes, redirectUris, refreshGraceSeconds, refreshLifetimeSeconds };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

export function toClient(client: Client) {
  return {
    client_id: client.clientId,
    name: client.name,
    grants: client.grants,
    scopes: client.scopes,
    redirect_uris: client.redirectUris,
    refresh_grace_seconds: client.refreshGraceSeconds,
    refresh_lifetime_seconds: client.refreshLifetimeSeconds,
    public: client.secretDigest === null,
    disabled: client.disabledAt !== null,
    previous_secret_until: client.previousSecretUntil,
    created_at: client.createdAt,
  };
}
