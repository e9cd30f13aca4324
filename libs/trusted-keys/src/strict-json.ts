/** Why a JSON text is not read. The message says which rule it breaks and quotes nothing of it. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

/**
 * Reads JSON that every parser reads the same way: UTF-8 without a byte order mark, no member named twice (RFC 7519 §4), at most `maxDepth`
 * levels of objects and arrays.
 * @throws JsonFault
 */
export function readJson(bytes: Uint8Array, maxDepth: number): unknown {
  const text = decode(bytes);
  // Before it is parsed: what is too deep costs a parser more than it costs this look.
  checkStructure(text, maxDepth);
  return parse(text);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new JsonFault('it is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new JsonFault('it is not JSON');
  }
}

/** One pass over a text that may not be JSON at all; then it only has to end. */
function checkStructure(text: string, maxDepth: number): void {
  const open: (Set<string> | null)[] = [];
  let string = '';
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        string = text.slice(at, end + 1);
        at = end;
        break;
      }
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > maxDepth) throw new JsonFault(`it is nested deeper than ${maxDepth} levels`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':':
        addMember(open.at(-1), string);
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at += 1;
  }
  return text.length;
}

/** Names are compared as what they spell: `"\u0073ub"` is `"sub"`. */
function addMember(members: Set<string> | null | undefined, quoted: string): void {
  if (!members) return;
  const name = quoted.includes('\\') ? String(parse(quoted)) : quoted.slice(1, -1);
  if (members.has(name)) throw new JsonFault('it names a member twice');
  members.add(name);
}
