import { validate } from 'uuid';

/** Whether a text from outside can be an id at all: one that is not would make PostgreSQL refuse the statement. */
export function isUuid(text: string): boolean {
  return validate(text);
}
