import { list, named, object, oneOf, orNull, text, whole, type Schema } from '../schema.js';

const atLeastOne: Schema = { type: 'integer', minimum: 1 };

/** Of the admin lists: `next_cursor` of one page asks for the next. */
export const cursorPaging = {
  limit: { ...atLeastOne, description: '50 unless told, and no more than 200.' },
  cursor: text,
};

export const paging = {
  limit: { ...atLeastOne, description: '10 unless told, and no more than 100.' },
  offset: { type: 'integer', minimum: 0 } as Schema,
};

export function cursorPage(member: string, items: Schema): Schema {
  return object({ [member]: list(items), next_cursor: orNull(text) });
}

const warning = named(
  'Warning',
  object({
    source: text,
    code: oneOf('disabled', 'paused', 'failing', 'slow', 'incomplete', 'unlinked', 'throttled'),
    detail: text,
  }),
);

const links = { next: orNull(text), prev: orNull(text) };

/** The wire's list. `warnings` name the sources that could not be asked. */
export function page(items: Schema, moreLinks: Record<string, Schema> = {}): Schema {
  return object({
    data: list(items),
    links: object({ ...links, ...moreLinks }),
    meta: object({ count: whole, limit: orNull(whole), offset: whole }, { warnings: list(warning) }),
  });
}

export function one(schema: Schema): Schema {
  return object({ data: schema });
}
