import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { problem } from '#libs/errors';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** `limit` (default 10, clamped to 100) and `offset` (default 0), protocol.md C28. */
export interface Paging {
  limit: number;
  offset: number;
  /** Path and query of the request, to make the links of the other pages from. */
  url: string;
}

export const PagingOf = createParamDecorator((_: unknown, context: ExecutionContext): Paging => {
  const { query, url } = context.switchToHttp().getRequest<FastifyRequest>();
  const { limit, offset } = query as Record<string, unknown>;
  return {
    limit: Math.min(MAX_LIMIT, wholeNumber('limit', limit, 1, DEFAULT_LIMIT)),
    offset: wholeNumber('offset', offset, 0, 0),
    url,
  };
});

/** protocol.md §6: one page of a list whose size is known. */
export function pageOf<T>(data: T[], count: number, { limit, offset, url }: Paging, publicUrl: string) {
  const link = (to: number) => linkTo(url, { limit, offset: to }, publicUrl);
  return {
    data,
    links: {
      next: offset + limit < count ? link(offset + limit) : null,
      prev: offset > 0 ? link(Math.max(0, offset - limit)) : null,
    },
    meta: { count, limit, offset },
  };
}

/** The address that was asked, with some numbers of its query changed. */
export function linkTo(url: string, numbers: Record<string, number>, publicUrl: string): string {
  const target = new URL(url, publicUrl);
  for (const [name, value] of Object.entries(numbers)) target.searchParams.set(name, String(value));
  return target.href;
}

/** A number of the query. @throws Problem for what is none, or less than the least */
export function wholeNumber(parameter: string, text: unknown, least: number, fallback: number): number {
  if (text === undefined) return fallback;
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least))
    throw problem('invalid', `${parameter} must be a whole number of at least ${least}.`, { source: { parameter } });
  return value;
}
