import { describe, expect, it } from 'vitest';
import { excerpt } from './excerpt.js';

describe('an excerpt', () => {
  it.each([
    ['text', '"text"'],
    [1, '1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [undefined, 'nothing'],
    [{ a: ['b'] }, '{"a":["b"]}'],
    ['a\r\nb\u0000', String.raw`"a\r\nb\u0000"`],
    ['right\u202Eleft\u2028', String.raw`"right\u{202e}left\u{2028}"`],
    ['half \uD83D', String.raw`"half \ud83d"`],
  ])('of %j is %s', (value, text) => expect(excerpt(value)).toBe(text));

  it.each(['x'.repeat(1000), '\u{1F600}'.repeat(1000), '\u202E'.repeat(1000), `x${'\u{1F600}'.repeat(1000)}`])(
    'is never longer than 80 characters, nor ends in half of one',
    (value) => {
      expect(excerpt(value).length).toBeLessThanOrEqual(80);
      expect(excerpt(value)).not.toMatch(/\p{Cs}/u);
    },
  );
});
