import { isUuid } from '#libs/database';
import { Problems, problem, type ProblemSource } from '#libs/errors';
import { optionalParameter } from '../http/query.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

interface CursorPaging {
  /** Of entries on a page: 1 to 200. */
  limit: number;
  /** Id of the last entry of the page before. */
  before: string | undefined;
}

/**
 * The page that `limit` and `cursor` ask for.
 * @param others that the list takes besides
 * @throws Problem when a value is bad. @throws Problems naming each parameter that does not exist
 */
export function toCursorPaging(query: Record<string, unknown>, others: readonly string[]): CursorPaging {
  refuseUnknown(query, [...others, 'limit', 'cursor']);
  const cursor = optionalParameter(query, 'cursor');
  return {
    limit: limitOf(optionalParameter(query, 'limit')),
    before: cursor === undefined ? undefined : idBehind(cursor, { parameter: 'cursor' }),
  };
}

/**
 * What a page shows, with the cursor of the next one, null on the last.
 * @param rows one more than `limit` when others follow
 */
export function cursorPage<Row extends { id: string }>(rows: Row[], limit: number) {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { shown, nextCursor: last ? cursorOf(last.id) : null };
}

function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** @param source where the cursor came in. @throws Problem invalid */
function idBehind(cursor: string, source: ProblemSource): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (isUuid(id)) return id;
  throw problem('invalid', 'cursor must be the next_cursor of an earlier answer.', { source });
}

/** @throws Problems naming each parameter that is not known */
export function refuseUnknown(query: Record<string, unknown>, known: readonly string[]): void {
  const [first, ...rest] = Object.keys(query)
    .filter((parameter) => !known.includes(parameter))
    .map((parameter) =>
      problem('invalid', `There is no query parameter "${parameter}" here. Use ${known.join(', ')}.`, {
        source: { parameter },
      }),
    );
  if (first) throw new Problems([first, ...rest]);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return Math.min(MAX_LIMIT, limit);
  throw problem('invalid', 'limit must be a whole number of at least 1.', { source: { parameter: 'limit' } });
}
