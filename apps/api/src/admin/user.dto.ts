import { IsBoolean } from 'class-validator';
import { isStorable } from '#libs/database';
import { problem } from '#libs/errors';
import type { User } from '#libs/tenants';
import { optionalParameter } from '../http/query.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';

export class UpdateUserDto {
  @IsBoolean()
  disabled!: boolean;
}

/** @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist */
export function toUserQuery(query: Record<string, unknown>) {
  return {
    ...toCursorPaging(query, ['org', 'subject']),
    org: nameOf(query, 'org'),
    subject: nameOf(query, 'subject'),
  };
}

export function toUserPage(rows: User[], limit: number) {
  const { shown, nextCursor } = cursorPage(rows, limit);
  return { users: shown.map(toUser), next_cursor: nextCursor };
}

export function toUser({ id, org, subject, displayName, disabledAt, createdAt }: User) {
  return { id, org, subject, display_name: displayName, disabled: disabledAt !== null, created_at: createdAt };
}

function nameOf(query: Record<string, unknown>, parameter: string): string | undefined {
  const text = optionalParameter(query, parameter);
  if (text === undefined || isStorable(text)) return text;
  throw problem('invalid', `${parameter} holds a character that none has.`, { source: { parameter } });
}
