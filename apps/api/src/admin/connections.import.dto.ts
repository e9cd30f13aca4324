import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { connectionSharings, type ConnectionSharing, type Metadata } from '#libs/connections';
import { IsMoment } from '../http/moment.js';
import { Optional } from '../http/optional.js';

export const MAX_IMPORTED = 500;
const MAX_TOKEN_LENGTH = 16_384;
const NO_CONTROLS = /^\P{Cc}*$/u;
const noControls = { message: '$property must hold no control characters' };
/** RFC 6749 Appendix A.12 and A.17. */
const VISIBLE = /^[\x20-\x7E]*$/;
const visible = { message: '$property must be of visible ASCII characters' };

/** Each connection is checked by itself, so that a bad one keeps none of the others out. */
export class ImportConnectionsDto {
  @Optional()
  @IsBoolean()
  dry_run?: boolean;

  /** Whether credentials are tried against their app's identity operation first. A dry run may ask for it too: it writes nothing. */
  @Optional()
  @IsBoolean()
  verify?: boolean;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IMPORTED)
  connections!: unknown[];
}

class AccountDto {
  @ValidateIf((_dto: object, value: unknown) => value !== undefined && value !== null)
  @IsString()
  @Length(1, 255)
  id?: string | null;

  @ValidateIf((_dto: object, value: unknown) => value !== undefined && value !== null)
  @IsString()
  @Length(1, 255)
  title?: string | null;
}

export class ImportedConnectionDto {
  /** Key or id. */
  @IsString()
  @Length(1, 255)
  app!: string;

  @IsString()
  @Length(1, 255)
  org!: string;

  /** As the tenant's JWTs name the user. */
  @IsString()
  @Length(1, 255)
  user!: string;

  @IsObject()
  credentials!: Record<string, unknown>;

  @Optional()
  @IsString()
  @Length(1, 255)
  title?: string;

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => AccountDto)
  account?: AccountDto;

  @Optional()
  @IsObject()
  metadata?: Metadata;

  @Optional()
  @IsString()
  @Length(1, 255)
  external_id?: string;

  @Optional()
  @IsIn(connectionSharings)
  sharing?: ConnectionSharing;

  @Optional()
  @IsBoolean()
  is_default?: boolean;

  @Optional()
  @IsBoolean()
  disabled?: boolean;
}

export class ImportedOauth2Dto {
  @IsIn(['oauth2'])
  kind!: 'oauth2';

  /** Without one, the refresh token is spent for it at once. */
  @Optional()
  @IsString()
  @Length(1, MAX_TOKEN_LENGTH)
  @Matches(VISIBLE, visible)
  access_token?: string;

  @Optional()
  @IsString()
  @Length(1, MAX_TOKEN_LENGTH)
  @Matches(VISIBLE, visible)
  refresh_token?: string;

  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @ArrayUnique()
  @Matches(/^[\x21\x23-\x5B\x5D-\x7E]+$/, {
    each: true,
    message: 'each of scopes must be a scope token of RFC 6749 §3.3',
  })
  scopes?: string[];

  @Optional()
  @IsMoment()
  expires_at?: string;

  @Optional()
  @IsMoment()
  obtained_at?: string;
}

export class ImportedApiKeyDto {
  @IsIn(['apiKey'])
  kind!: 'apiKey';

  @IsString()
  @Length(1, MAX_TOKEN_LENGTH)
  @Matches(NO_CONTROLS, noControls)
  value!: string;
}

export class ImportedBasicDto {
  @IsIn(['basic'])
  kind!: 'basic';

  /** RFC 7617 §2: a colon would end it. */
  @IsString()
  @Length(1, MAX_TOKEN_LENGTH)
  @Matches(/^[^:\p{Cc}]*$/u, { message: 'username must hold no colon and no control characters' })
  username!: string;

  @IsString()
  @MaxLength(MAX_TOKEN_LENGTH)
  @Matches(NO_CONTROLS, noControls)
  password!: string;
}

export class ImportedBearerDto {
  @IsIn(['bearer'])
  kind!: 'bearer';

  @IsString()
  @Length(1, MAX_TOKEN_LENGTH)
  @Matches(NO_CONTROLS, noControls)
  token!: string;
}
