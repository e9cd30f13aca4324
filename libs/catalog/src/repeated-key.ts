/** A document with more has more values than one may have, which is refused by its own name. */
const MAX_KEYS = 1_500_000;

/**
 * A key that some object of a JSON text names twice (RFC 8259 §4: what a reader makes of that is unpredictable). One pass, after
 * `JSON.parse` has found the text to be JSON.
 */
export function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = closingQuote(text, at);
      const seen = open.at(-1);
      if (seen && isFollowedByColon(text, end + 1)) {
        const key = nameOf(text.slice(at + 1, end));
        if (seen.has(key)) return key;
        seen.add(key);
        keys += 1;
        if (keys > MAX_KEYS) return undefined;
      }
      at = end;
    }
  }
  return undefined;
}

function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

/** Names are compared as what they spell: `"\u0061"` is `"a"`. */
function nameOf(inner: string): string {
  return inner.includes('\\') ? String(JSON.parse(`"${inner}"`)) : inner;
}
