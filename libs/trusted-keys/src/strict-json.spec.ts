import { describe, expect, it } from 'vitest';
import { readJson } from './strict-json.js';

const read = (text: string, maxDepth = 16) => readJson(Buffer.from(text), maxDepth);

describe('JSON', () => {
  it.each([
    ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}'],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}'],
    ['{"a":"\\\\","b":"]}"}'],
    ['{"a":"b\\",\\"a\\":1"}'],
    ['{"A":1,"a":2}'],
    ['"text"'],
    ['[]'],
  ])('is read as JSON.parse reads it: %s', (text) => expect(read(text)).toEqual(JSON.parse(text)));

  it.each([
    ['at the top', '{"a":1,"b":2,"a":3}'],
    ['further in', '{"a":[{"b":{"c":1,"c":1}}]}'],
    ['once escaped', String.raw`{"sub":1,"\u0073ub":2}`],
    ['with white space between', '{"a" : 1 , "a" : 2}'],
    ['after a value that looks like the end of a string', String.raw`{"a":"\\","a":1}`],
  ])('is refused for a member that is named twice %s', (_, text) => {
    expect(() => read(text)).toThrow('it names a member twice');
  });

  it('keeps __proto__ a member like any other', () => {
    const value = read('{"__proto__":{"iss":"evil"}}') as Record<string, unknown>;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(value.iss).toBeUndefined();
  });

  it('may have as many levels as are allowed, and no more', () => {
    expect(read('[[[]]]', 3)).toEqual([[[]]]);
    expect(() => read('[[[{}]]]', 3)).toThrow('deeper than 3 levels');
    expect(() => read(`{"a":${'['.repeat(1_000_000)}`)).toThrow('deeper than 16 levels');
  });

  it.each([
    ['not JSON', '{a:1}', 'it is not JSON'],
    ['an escape that does not exist', String.raw`{"\x":1}`, 'it is not JSON'],
    ['an unclosed string', '{"a', 'it is not JSON'],
    ['a byte order mark', '\uFEFF{}', 'it is not JSON'],
    ['nothing', '', 'it is not JSON'],
  ])('is refused for %s', (_, text, reason) => expect(() => read(text)).toThrow(reason));

  it('is refused for bytes that are not UTF-8', () => {
    expect(() => readJson(Buffer.from('7b2261223a22ff227d', 'hex'), 16)).toThrow('it is not UTF-8');
  });

  it('takes time in proportion to its length, even where it is no JSON', () => {
    // Each of these starts a string for a reader that looks again from every quote: 10^11 steps.
    expect(() => read('"' + '\\"'.repeat(500_000))).toThrow('it is not JSON');
    expect(() => read('{' + ':'.repeat(1_000_000))).toThrow();
  });
});
