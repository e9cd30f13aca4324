import { Allow, IsBoolean, IsIn, IsObject, IsString, IsUUID, Length } from 'class-validator';
import {
  connectionSharings,
  isUsable,
  metadataPatchFault,
  type Connection,
  type ConnectionSettingsChanges,
  type ConnectionSharing,
  type Metadata,
} from '#libs/connections';
import { problem } from '#libs/errors';
import { Optional } from '../http/optional.js';

/** protocol.md §7.11. */
export class CreateAuthenticationDto {
  @IsString()
  @Length(1, 255)
  title!: string;

  @IsUUID()
  app!: string;

  @IsObject()
  authentication_fields!: Record<string, unknown>;
}

export class UpdateAuthenticationDto {
  @Optional()
  @IsString()
  @Length(1, 255)
  title?: string;

  /** A JSON Merge Patch (RFC 7396): a member that is null goes, and null takes all of it away. Checked before, see {@link lenientUpdateBody}. */
  @Allow()
  metadata?: Metadata | null;

  @Optional()
  @IsBoolean()
  disabled?: boolean;

  @Optional()
  @IsIn(connectionSharings)
  sharing?: ConnectionSharing;

  @Optional()
  @IsBoolean()
  is_default?: boolean;
}

/**
 * `{"data":{…}}` as elsewhere on the wire, or the members alone.
 * @throws Problem for metadata that is nested without end, which whoever walks through it would not survive
 */
export function lenientUpdateBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const enveloped: { data?: unknown } = Object.hasOwn(body, 'data') ? body : { data: body };
  const { metadata } = Object(enveloped.data) as { metadata?: unknown };
  const fault = metadata === undefined ? null : metadataPatchFault(metadata);
  if (fault !== null) throw problem('invalid', fault, { source: { pointer: '/data/metadata' } });
  return enveloped;
}

export function toSettings({
  title,
  metadata,
  disabled,
  sharing,
  is_default: isDefault,
}: UpdateAuthenticationDto): ConnectionSettingsChanges {
  return {
    ...(title !== undefined && { title }),
    ...(metadata !== undefined && { metadata }),
    ...(disabled !== undefined && { disabled }),
    ...(sharing !== undefined && { sharing }),
    ...(isDefault !== undefined && { isDefault }),
  };
}

/**
 * A connection on the wire (protocol.md §7.10), and the members that we add (contract §5).
 * @param userId of whoever looks: what the owner keeps for themselves is left out for others
 * @param source of its app; null where the tenant no longer offers that
 */
export function toAuthentication(connection: Connection, userId: string, source: string | null) {
  // Until the partner has confirmed whose consent it was, nothing of the account is shown to whoever began.
  const isPending = connection.status === 'pending';
  const isOwner = connection.userId === userId;
  return {
    type: 'authentication',
    id: connection.id,
    app: connection.appId,
    is_expired: !isUsable(connection.status),
    title: isPending ? 'Waiting for confirmation' : connection.title,
    status: connection.status,
    status_reason: connection.statusReason,
    status_since: connection.statusSince,
    account: isPending ? null : { id: connection.accountId, title: connection.accountTitle },
    is_owner: isOwner,
    is_default: isOwner && connection.isDefault,
    sharing: connection.sharing,
    created_at: connection.createdAt,
    expires_at: connection.expiresAt,
    last_refreshed_at: connection.lastRefreshedAt,
    metadata: isOwner ? connection.metadata : {},
    source,
  };
}
