import { staticChoices, type Choice, type InputField } from '#libs/catalog';
import { problem } from '#libs/errors';
import { optionalParameter } from '../http/query.js';
import { linkTo } from './paging.js';

const MAX_SEARCH_CHARACTERS = 200;
const MAX_PAGE = 10_000;

export interface ChoicesQuery {
  page: number;
  search: string | null;
}

/** `page` is the wire's (protocol.md §7.7); `search` is ours. */
export function readChoicesQuery(query: Record<string, unknown>): ChoicesQuery {
  const text = optionalParameter(query, 'page') ?? '1';
  const page = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (page < 1 || page > MAX_PAGE)
    throw problem('invalid', `page must be a whole number from 1 to ${MAX_PAGE}.`, { source: { parameter: 'page' } });
  const search = optionalParameter(query, 'search') ?? null;
  if (search !== null && search.length > MAX_SEARCH_CHARACTERS)
    throw problem('invalid', `search must be at most ${MAX_SEARCH_CHARACTERS} characters.`, {
      source: { parameter: 'search' },
    });
  return { page, search };
}

/** All that the document lists are one page. */
export function staticPage(field: InputField, { page, search }: ChoicesQuery): { choices: Choice[]; hasMore: boolean } {
  const wanted = search?.toLowerCase() ?? '';
  const all = page > 1 ? [] : staticChoices(field);
  return {
    choices: all.filter(({ label, value }) => `${label} ${value}`.toLowerCase().includes(wanted)),
    hasMore: false,
  };
}

/** protocol.md §6: the links keep the search. */
export function toChoicePage(
  { choices, hasMore }: { choices: readonly Choice[]; hasMore: boolean },
  { page, search }: ChoicesQuery,
  { url, publicUrl }: { url: string; publicUrl: string },
) {
  const link = (to: number) => linkTo(url, { page: to }, publicUrl);
  return {
    data: choices.map(({ id, label, value }) => ({ id, type: 'choice', label, value })),
    links: { next: hasMore ? link(page + 1) : null, prev: page > 1 ? link(page - 1) : null },
    // Who asked through an upstream knows by it that there is nothing left to search.
    meta: { page, ...(search !== null && { search }) },
  };
}
