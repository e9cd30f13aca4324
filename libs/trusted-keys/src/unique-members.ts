const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/**
 * Whether no object in this JSON text names a member twice. Parsers disagree on which of the two counts, so a token with both is an attack
 * or a bug (RFC 7519 §4).
 * @param json text that JSON.parse has accepted
 */
export function hasUniqueMembers(json: string): boolean {
  const stack: (Set<string> | null)[] = [];
  let lastString: string | null = null;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{') stack.push(new Set());
    else if (token === '[') stack.push(null);
    else if (token === '}' || token === ']') stack.pop();
    else if (token === ':') {
      const members = stack.at(-1);
      const name = JSON.parse(lastString ?? '""') as string;
      if (members?.has(name)) return false;
      members?.add(name);
    }
    lastString = token.startsWith('"') ? token : null;
  }
  return true;
}
