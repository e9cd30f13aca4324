import { ArrayUnique, IsArray, IsBoolean, IsIn, IsString, Length } from 'class-validator';
import { grantNames, knownScopes, type GrantName } from '#libs/tenants';
import { Optional } from '../http/optional.js';
import { IsRedirectUri } from './url-rules.js';

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
  @IsRedirectUri({ each: true })
  redirect_uris?: string[];

  @Optional()
  @IsBoolean()
  public?: boolean;
}
