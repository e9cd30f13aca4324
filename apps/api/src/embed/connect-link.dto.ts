import { IsInt, IsString, Length, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { isUserTitle, USER_TITLE_RULE, type ConnectLink, type ConnectLinks } from '#libs/connect';
import { Optional } from '../http/optional.js';

export class CreateConnectLinkDto {
  /** Id or key. */
  @IsString()
  @Length(1, 255)
  app!: string;

  /** Subject of the token's own user: a check for the caller, and no way to another one. */
  @Optional()
  @IsString()
  @MaxLength(255)
  user?: string;

  /** What the page calls the user. */
  @Optional()
  @ValidateBy({
    name: 'isUserTitle',
    validator: {
      validate: (value) => typeof value === 'string' && isUserTitle(value),
      defaultMessage: () => `user_title must be ${USER_TITLE_RULE}`,
    },
  })
  user_title?: string;

  /** Seconds: half an hour to a week, a day by default. */
  @Optional()
  @IsInt()
  @Min(1800)
  @Max(604_800)
  expires_in?: number;

  @Optional()
  @IsString()
  @MaxLength(2048)
  redirect_uri?: string;

  @Optional()
  @IsString()
  @MaxLength(64)
  reconnect_id?: string;
}

export function toConnectLink(link: ConnectLink, status: ReturnType<ConnectLinks['statusOf']>) {
  return {
    type: 'connect_link',
    id: link.id,
    app: link.appId,
    status,
    user_title: link.userTitle,
    redirect_uri: link.redirectUri,
    reconnect_id: link.reconnectId,
    opened: link.opened,
    created_at: link.createdAt,
    expires_at: link.expiresAt,
  };
}
