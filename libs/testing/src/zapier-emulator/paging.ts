import type { Exchange } from './exchange.js';
import { badRequest } from './problem.js';

const MOST = 100;

/** One page of a list in the envelope of V2 (protocol.md §6). */
export function pageOf<Item>(exchange: Exchange, items: readonly Item[], write: (item: Item) => object): object {
  const [limit, offset] = range(exchange, 10);
  const link = (at: number) => linkTo(exchange, { limit: String(limit), offset: String(at) });
  return {
    data: items.slice(offset, offset + limit).map(write),
    links: {
      next: offset + limit < items.length ? link(offset + limit) : null,
      prev: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    },
    meta: { count: items.length, limit, offset },
  };
}

/** A list that has no pages. */
export function wholeOf(data: readonly object[], limit: number | null = null): object {
  return { data, links: { next: null, prev: null }, meta: { count: data.length, limit, offset: 0 } };
}

/** @returns limit and offset @throws ApiError 400 for what is not a number */
export function range({ query }: Exchange, usual: number): [limit: number, offset: number] {
  return [Math.min(MOST, numberIn(query, 'limit', usual, 1)), numberIn(query, 'offset', 0, 0)];
}

export function numberIn(query: URLSearchParams, name: string, usual: number, least: number): number {
  const text = query.get(name);
  if (text === null || text === '') return usual;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
    throw badRequest(`${name} must be a whole number from ${least} on.`, { parameter: name });
  }
  return Number(text);
}

/** The address that was asked, with some of its query changed. */
export function linkTo({ world, path, query }: Exchange, changes: Record<string, string>): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) changed.set(name, value);
  return `${world.origin}${path}?${changed.toString()}`;
}
