import type { Reply } from './declared-operation.js';
import { list, map, named, object, orNull, text, whole, type Schema } from './schema.js';

/** A format of errors: see `problemAnswer`, which writes them. */
export interface ErrorFormat {
  type: string;
  schema: Schema | null;
}

const place = object({}, { pointer: text, parameter: text, header: text });

const problemDetails = named(
  'ProblemDetails',
  object(
    { type: text, title: text, status: whole, code: text, detail: text },
    { errors: list(object({ detail: text }, { pointer: text, parameter: text, header: text })) },
  ),
);
const embedErrors = named(
  'Errors',
  object({
    errors: list(
      object({
        status: whole,
        code: text,
        title: text,
        detail: text,
        source: orNull(place),
        meta: orNull(map({})),
      }),
    ),
  }),
);

export const formats = {
  admin: { type: 'application/problem+json', schema: problemDetails },
  embed: { type: 'application/json', schema: embedErrors },
  'embed-v1': { type: 'application/json', schema: named('Sentences', object({ errors: list(text) })) },
  oauth: {
    type: 'application/json',
    schema: named('OauthError', object({ error: text, error_description: text })),
  },
  pages: { type: 'text/html', schema: null },
} as const satisfies Record<string, ErrorFormat>;

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'A value is not valid, or what was asked for is not possible.',
  401: 'Credentials are missing or were not accepted.',
  403: 'The credentials do not reach this.',
  404: 'There is no such thing, or it is not yours.',
  409: 'It exists already, has changed, or is being done at this moment.',
  410: 'It was there, and has ended.',
  413: 'The body is too large.',
  415: 'The content type is not supported.',
  422: 'The Idempotency-Key was used for another request; on a page: what was typed did not work.',
  429: 'Too many requests: see Retry-After.',
  500: 'Something failed on our side.',
  503: 'Not available right now: see Retry-After.',
};

export function errorReply(status: number, { type, schema }: ErrorFormat): Reply {
  const description = MEANINGS[status];
  if (description === undefined) throw new Error(`There is no meaning for the status ${status} yet.`);
  return { description, content: { [type]: schema } };
}
