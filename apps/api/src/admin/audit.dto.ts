import { auditActions, type AuditAction, type AuditEntry } from '#libs/audit';
import { isStorable } from '#libs/database';
import { problem } from '#libs/errors';
import { optionalParameter } from '../http/query.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';

/** @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist */
export function toAuditQuery(query: Record<string, unknown>) {
  return {
    ...toCursorPaging(query, ['action', 'subject']),
    action: actionOf(optionalParameter(query, 'action')),
    subject: subjectOf(optionalParameter(query, 'subject')),
  };
}

/**
 * One page with the cursor of the next, null on the last.
 * @param entries one more than `limit` when others follow
 */
export function toAuditPage(entries: AuditEntry[], limit: number) {
  const { shown, nextCursor } = cursorPage(entries, limit);
  return { entries: shown.map(toAuditEntry), next_cursor: nextCursor };
}

export function toAuditEntry({ id, at, actor, address, action, subject, details }: AuditEntry) {
  return { id, at, actor, address, action, subject, details };
}

function actionOf(text: string | undefined): AuditAction | undefined {
  const action = auditActions.find((known) => known === text);
  if (text !== undefined && action === undefined) {
    throw problem('invalid', `action must be one of ${auditActions.join(', ')}.`, { source: { parameter: 'action' } });
  }
  return action;
}

function subjectOf(text: string | undefined): string | undefined {
  if (text === undefined || isStorable(text)) return text;
  throw problem('invalid', 'subject holds a character that no subject has.', { source: { parameter: 'subject' } });
}
