import { v7 } from 'uuid';

/** A uuid v7: made here rather than in the database, in order of time, so that new rows stay together in an index. */
export function newId(): string {
  return v7();
}
