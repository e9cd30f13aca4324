import { IsIn, IsInt, IsObject, IsString, Length, Max, Min } from 'class-validator';
import {
  connectionStatuses,
  dueTime,
  type ConnectionDirectoryFilter,
  type ConnectionStatus,
  type ExportBundle,
  type ListedConnection,
} from '#libs/connections';
import { isStorable } from '#libs/database';
import { problem } from '#libs/errors';
import { Optional } from '../http/optional.js';
import { optionalParameter } from '../http/query.js';
import { MAX_IMPORTED } from './connections.import.dto.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';

export class ExportConnectionsDto {
  /** A public key: RSA, or elliptic curve. */
  @IsObject()
  jwk!: Record<string, unknown>;

  @Optional()
  @IsString()
  @Length(1, 255)
  app?: string;

  @Optional()
  @IsString()
  @Length(1, 255)
  org?: string;

  @Optional()
  @IsString()
  @Length(1, 255)
  user?: string;

  @Optional()
  @IsIn(connectionStatuses.filter((status) => status !== 'deleted' && status !== 'pending'))
  status?: ConnectionStatus;

  /** Of connections in one bundle: no more than an import takes. */
  @Optional()
  @IsInt()
  @Min(1)
  @Max(MAX_IMPORTED)
  limit?: number;

  @Optional()
  @IsString()
  @Length(1, 100)
  cursor?: string;
}

/** @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist */
export function toConnectionQuery(query: Record<string, unknown>) {
  return {
    ...toCursorPaging(query, ['app', 'org', 'user', 'status']),
    app: nameOf(query, 'app'),
    org: nameOf(query, 'org'),
    user: nameOf(query, 'user'),
    status: statusOf(optionalParameter(query, 'status')),
  };
}

export function toExportFilter({
  app,
  org,
  user,
  status,
  limit,
  cursor,
}: ExportConnectionsDto): ConnectionDirectoryFilter {
  const { before } = toCursorPaging(cursor === undefined ? {} : { cursor }, []);
  return { app, org, user, status, before, limit: limit ?? MAX_IMPORTED };
}

/** @param rows one more than `limit` when others follow */
export function toConnectionPage(rows: ListedConnection[], limit: number) {
  const { shown, nextCursor } = cursorPage(rows, limit);
  return { connections: shown.map(toConnection), next_cursor: nextCursor };
}

export function toExportAnswer({ bundle, count, lastId, unreadable }: ExportBundle) {
  return { bundle, count, unreadable, next_cursor: lastId === null ? null : Buffer.from(lastId).toString('base64url') };
}

export function toConnection(connection: ListedConnection) {
  return {
    id: connection.id,
    app: { id: connection.appId, key: connection.appKey },
    org: connection.org,
    user: connection.user,
    user_id: connection.userId,
    title: connection.title,
    status: connection.status,
    status_reason: connection.statusReason,
    status_since: connection.statusSince,
    account: { id: connection.accountId, title: connection.accountTitle },
    sharing: connection.sharing,
    is_default: connection.isDefault,
    external_id: connection.externalId,
    metadata: connection.metadata,
    scopes: connection.scopes,
    expires_at: connection.expiresAt,
    last_refreshed_at: connection.lastRefreshedAt,
    /** Null: it is not renewed by itself. A time that is past: as soon as a worker is free; of one that is asked for, the time of that. */
    next_refresh_at: connection.dueAt && dueTime(connection.dueAt),
    refresh_failures: connection.refreshFailures,
    created_at: connection.createdAt,
  };
}

function statusOf(text: string | undefined): ConnectionStatus | undefined {
  const status = connectionStatuses.find((known) => known === text);
  if (text === undefined || status !== undefined) return status;
  throw problem('invalid', `status must be one of ${connectionStatuses.join(', ')}.`, {
    source: { parameter: 'status' },
  });
}

function nameOf(query: Record<string, unknown>, parameter: string): string | undefined {
  const text = optionalParameter(query, parameter);
  if (text === undefined || isStorable(text)) return text;
  throw problem('invalid', `${parameter} holds a character that none has.`, { source: { parameter } });
}
