import { auditActions, type AuditAction, type AuditEntry } from '#libs/audit';
import { isStorable, isUuid } from '#libs/database';
import { Problems, problem } from '#libs/errors';
import { optionalParameter } from '../http/query.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const PARAMETERS = ['action', 'subject', 'limit', 'cursor'];

interface AuditQuery {
  action: AuditAction | undefined;
  subject: string | undefined;
  /** Of entries on a page: 1 to 200. */
  limit: number;
  /** Id of the last entry of the page before. */
  before: string | undefined;
}

/** @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist */
export function toAuditQuery(query: Record<string, unknown>): AuditQuery {
  refuseUnknown(query);
  const cursor = optionalParameter(query, 'cursor');
  return {
    action: actionOf(optionalParameter(query, 'action')),
    subject: subjectOf(optionalParameter(query, 'subject')),
    limit: limitOf(optionalParameter(query, 'limit')),
    before: cursor === undefined ? undefined : entryBehind(cursor),
  };
}

/**
 * One page with the cursor of the next, null on the last.
 * @param entries one more than `limit` when others follow
 */
export function toAuditPage(entries: AuditEntry[], limit: number) {
  const shown = entries.slice(0, limit);
  const last = entries.length > limit ? shown.at(-1) : undefined;
  return { entries: shown.map(toAuditEntry), next_cursor: last ? cursorOf(last) : null };
}

export function toAuditEntry({ id, at, actor, address, action, subject, details }: AuditEntry) {
  return { id, at, actor, address, action, subject, details };
}

function refuseUnknown(query: Record<string, unknown>): void {
  const [first, ...rest] = Object.keys(query)
    .filter((parameter) => !PARAMETERS.includes(parameter))
    .map((parameter) =>
      problem('invalid', `There is no query parameter "${parameter}" here. Use ${PARAMETERS.join(', ')}.`, {
        source: { parameter },
      }),
    );
  if (first) throw new Problems([first, ...rest]);
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

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return Math.min(MAX_LIMIT, limit);
  throw problem('invalid', 'limit must be a whole number of at least 1.', { source: { parameter: 'limit' } });
}

/** Opaque to callers, so that it may come to carry more than an id. */
function cursorOf({ id }: AuditEntry): string {
  return Buffer.from(id).toString('base64url');
}

function entryBehind(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (isUuid(id)) return id;
  throw problem('invalid', 'cursor must be the next_cursor of an earlier answer.', { source: { parameter: 'cursor' } });
}
