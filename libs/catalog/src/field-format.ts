import { ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';

/** The part of Zapier's FormatEnum that an input can have (protocol.md §7.6). */
export const FIELD_FORMATS = ['DATETIME', 'MULTILINE', 'PASSWORD', 'CODE', 'FILE', 'SELECT'] as const;
export type FieldFormat = (typeof FIELD_FORMATS)[number];

/** A text longer than this is written in a box of several lines. */
const LINE_CHARACTERS = 255;

const BY_FORMAT = new Map<unknown, FieldFormat>([
  ['date-time', 'DATETIME'],
  ['password', 'PASSWORD'],
  ['binary', 'FILE'],
]);

/** What OpenAPI's own keywords say about how a value is entered. A plain `date` has no time, so it is no DATETIME. */
export function schemaFormat(schema: JsonObject): FieldFormat | undefined {
  const maxLength = ownMember(schema, 'maxLength');
  const isLong = typeof maxLength === 'number' && maxLength > LINE_CHARACTERS;
  return BY_FORMAT.get(textMember(schema, 'format')) ?? (isLong ? 'MULTILINE' : undefined);
}
