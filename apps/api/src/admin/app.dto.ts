import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsString,
  IsUrl,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import type { RegisteredApp, Registration, TenantAppChanges, TenantAppSummary } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import type { PausedApp } from '#libs/refresh';
import { Optional } from '../http/optional.js';

class OauthClientDto {
  @IsString()
  @Length(1, 500)
  client_id!: string;

  @IsString()
  @Length(1, 4000)
  client_secret!: string;
}

export class ConfigureAppDto {
  @Optional()
  @IsBoolean()
  enabled?: boolean;

  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => OauthClientDto)
  oauth?: OauthClientDto;

  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @Matches(/^[\x21\x23-\x5B\x5D-\x7E]+$/, {
    each: true,
    message: 'each of scopes must be a scope token of RFC 6749 §3.3',
  })
  scopes?: string[];

  @Optional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  server_url?: string;
}

export function toChanges({ enabled, oauth, scopes, server_url: serverUrl }: ConfigureAppDto): TenantAppChanges {
  return {
    ...(enabled !== undefined && { enabled }),
    ...(oauth && { oauth: { clientId: oauth.client_id, clientSecret: new Secret(oauth.client_secret) } }),
    ...(scopes && { scopes }),
    ...(serverUrl !== undefined && { serverUrl }),
  };
}

export function toAdminApp({ id, key, title, source, version, actionKeys, updatedAt }: RegisteredApp) {
  return { id, key, title, source, version, actions: actionKeys, updated_at: updatedAt };
}

/** With what this document changed for those who rely on the one before, and the operations that are no actions. */
export function toRegistration({ app, breaking, skipped }: Registration) {
  return {
    ...toAdminApp(app),
    breaking: breaking.map(({ action, change, detail }) => ({ action, change, detail })),
    skipped: skipped.map(({ operation, reason }) => ({ operation, reason })),
  };
}

export function toTenantApp(
  { id, definition, enabled, oauthClientId, scopes, serverUrl }: TenantAppSummary,
  callbackUrl: string,
) {
  return {
    id,
    key: definition.key,
    enabled,
    oauth: oauthClientId === null ? null : { client_id: oauthClientId },
    scopes,
    server_url: serverUrl ?? definition.serverUrl,
    /** To be registered at the app as its redirect URI. */
    callback_url: callbackUrl,
  };
}

export function toRefreshHealth(paused: PausedApp | undefined) {
  return paused
    ? { state: 'paused', reason: paused.reason, since: paused.since, next_probe_at: paused.nextProbeAt }
    : { state: 'working' };
}
