import { describe, expect, it } from 'vitest';
import { parseJson } from './index.js';

const arrays = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const objects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

describe('JSON of a stranger', () => {
  it.each(['null', '0', '"text"', '[]', '{"a":[{"b":null}]}'])('%s is read', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['', ' ', '<html>', '{', "{'a':1}", '[1,]'])('%j is none', (text) => expect(parseJson(text)).toBeUndefined());

  it.each([arrays, objects])('of 500 levels is read, of one more it is none', (nested) => {
    expect(parseJson(nested(500))).toBeDefined();
    expect(parseJson(nested(501))).toBeUndefined();
  });

  it('nested without end is none, wherever that is in it', () => {
    for (const text of [arrays(500_000), objects(100_000), `{"a":1,"b":[2,{"c":${arrays(100_000)}}]}`])
      expect(parseJson(text)).toBeUndefined();
  });
});
