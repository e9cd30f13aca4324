const MAX_LENGTH = 80;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HALF_A_PAIR = /\p{Cs}$/u;

/** A value that somebody else chose, for a sentence of ours: as JSON, at most 80 characters, nothing in it that could disturb a log or a terminal. */
export function excerpt(value: unknown): string {
  // JSON has no word for the numbers that are too large for it.
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  const text = json.slice(0, MAX_LENGTH + 1).replaceAll(INVISIBLE, escaped);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1).replace(HALF_A_PAIR, '')}…` : text;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
