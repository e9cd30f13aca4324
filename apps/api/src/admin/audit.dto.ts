import { auditActions, type AuditAction, type AuditEntry, type AuditFilter, type RecordedEntry } from '#libs/audit';
import { isStorable } from '#libs/database';
import { problem } from '#libs/errors';
import { momentOf } from '../http/moment.js';
import { optionalParameter } from '../http/query.js';
import { cursorPage, refuseUnknown, toCursorPaging } from './cursor-page.js';

const FILTERS = ['action', 'subject', 'actor', 'since', 'until'];

/** @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist */
export function toAuditQuery(query: Record<string, unknown>) {
  return { ...toCursorPaging(query, FILTERS), ...filterOf(query) };
}

/** As `toAuditQuery`, of a list that has no pages. */
export function toAuditExportQuery(query: Record<string, unknown>): AuditFilter {
  refuseUnknown(query, FILTERS);
  return filterOf(query);
}

function filterOf(query: Record<string, unknown>): AuditFilter {
  return {
    action: actionOf(optionalParameter(query, 'action')),
    subject: textOf(query, 'subject'),
    actor: textOf(query, 'actor'),
    since: timeOf(query, 'since'),
    until: timeOf(query, 'until'),
  };
}

/**
 * One page with the cursor of the next, null on the last.
 * @param entries one more than `limit` when others follow
 */
export function toAuditPage(entries: RecordedEntry[], limit: number) {
  const { shown, nextCursor } = cursorPage(entries, limit);
  return { entries: shown.map(toAuditEntry), next_cursor: nextCursor };
}

export function toAuditEntry({ id, at, actor, address, requestId, action, subject, details }: RecordedEntry) {
  return { id, at, actor, address, request_id: requestId, action, subject, details };
}

function actionOf(text: string | undefined): AuditAction | undefined {
  const action = auditActions.find((known) => known === text);
  if (text !== undefined && action === undefined) {
    throw problem('invalid', `action must be one of ${auditActions.join(', ')}.`, { source: { parameter: 'action' } });
  }
  return action;
}

function textOf(query: Record<string, unknown>, parameter: 'subject' | 'actor'): string | undefined {
  const text = optionalParameter(query, parameter);
  if (text === undefined || isStorable(text)) return text;
  throw problem('invalid', `${parameter} holds a character that no ${parameter} has.`, { source: { parameter } });
}

function timeOf(query: Record<string, unknown>, parameter: 'since' | 'until'): Date | undefined {
  const text = optionalParameter(query, parameter);
  if (text === undefined) return undefined;
  const time = momentOf(text);
  if (time) return time;
  throw problem('invalid', `${parameter} must be a date and a time, such as 2026-03-01T12:00:00Z.`, {
    source: { parameter },
  });
}

/** One line of an export. */
export function toAuditLine(entry: AuditEntry): string {
  const { sequence, previousHash, hash } = entry;
  const link = { sequence, previous_hash: previousHash?.toString('hex') ?? null, hash: hash?.toString('hex') ?? null };
  return `${JSON.stringify({ ...toAuditEntry(entry), ...link })}\n`;
}
