import { ownMember } from './json.js';

/** RFC 6901 §3: `~` and `/` in a member name are written `~0` and `~1`. */
export function toPointer(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value that an RFC 6901 pointer names, or undefined: own members only, and nothing for a malformed pointer. */
export function atPointer(root: unknown, pointer: string): unknown {
  if (pointer === '') return root;
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  let value = root;
  for (const name of pointer.slice(1).split('/')) {
    value = ownMember(value, name.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (value === undefined) return undefined;
  }
  return value;
}
