/** Whether PostgreSQL can hold this text at all: a key with U+0000 in it names nothing. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}
