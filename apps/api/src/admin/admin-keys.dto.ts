import { IsBoolean, IsString, Length } from 'class-validator';
import type { ListedAdminKey, NewAdminKey } from '#libs/admin-keys';
import { problem } from '#libs/errors';
import { IsMoment } from '../http/moment.js';
import { Optional } from '../http/optional.js';
import type { AdminCaller } from './admin-caller.js';

export class CreateAdminKeyDto {
  @IsString()
  @Length(1, 100)
  name!: string;

  /** Slug of the only tenant that it is to reach. */
  @Optional()
  @IsString()
  @Length(1, 100)
  tenant?: string;

  @Optional()
  @IsBoolean()
  read_only?: boolean;

  @Optional()
  @IsMoment()
  expires_at?: string;
}

/** Nobody makes a key that outlives their own. @throws Problem invalid, permission_denied */
export function toNewAdminKey(dto: CreateAdminKeyDto, caller: AdminCaller, now: Date): NewAdminKey {
  const expiresAt = dto.expires_at === undefined ? null : new Date(dto.expires_at);
  if (expiresAt && !(expiresAt > now))
    throw problem('invalid', 'expires_at must be a date and a time that is still to come.', {
      source: { pointer: '/expires_at' },
    });
  if (caller.expiresAt && (!expiresAt || expiresAt > caller.expiresAt))
    throw problem(
      'permission_denied',
      `Your own key ends at ${caller.expiresAt.toISOString()}. Give an expires_at that is no later.`,
      { source: { pointer: '/expires_at' } },
    );
  return { name: dto.name, readOnly: dto.read_only ?? false, expiresAt };
}

export function toAdminKey(key: ListedAdminKey) {
  return {
    id: key.id,
    name: key.name,
    tenant: key.slug,
    read_only: key.readOnly,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
    revoked_at: key.revokedAt,
    created_at: key.createdAt,
  };
}
