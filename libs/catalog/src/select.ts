import { ownMember } from './json.js';
import { atPointer } from './json-pointer.js';

/**
 * The value at a path: an RFC 6901 JSON Pointer when it begins with "/", otherwise member names joined by dots (a decimal one
 * is an array's index); '' is the whole. Undefined where there is nothing; inherited members do not exist.
 */
export function select(value: unknown, path: string): unknown {
  if (path === '' || path.startsWith('/')) return atPointer(value, path);
  let selected = value;
  for (const name of path.split('.')) selected = ownMember(selected, name);
  return selected;
}
