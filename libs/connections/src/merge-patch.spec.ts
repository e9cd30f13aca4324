import { describe, expect, it } from 'vitest';
import { mergedMetadata, metadataFault, metadataPatchFault } from './connection-metadata.js';
import { mergePatch } from './merge-patch.js';

describe('JSON Merge Patch', () => {
  /** RFC 7396, Appendix A. */
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => expect(mergePatch(target, patch)).toEqual(result));

  it('keeps a member that is named like a prototype as a member', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.keys(merged)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('changes neither of the two', () => {
    const [target, patch] = [
      Object.freeze({ a: Object.freeze({ b: 1 }) }),
      Object.freeze({ a: Object.freeze({ b: null }) }),
    ];
    expect(mergePatch(target, patch)).toEqual({ a: {} });
  });
});

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
/** `{"a":"…"}` of this many bytes. */
const sized = (bytes: number) => ({ a: 'x'.repeat(bytes - 8) });

describe('metadata', () => {
  it.each([
    ['nothing', {}],
    ['50 keys', keys(50)],
    ['16 KB', sized(16 * 1024)],
    ['8 levels', nested(8)],
  ])('may be %s', (_, value) => expect(metadataFault(value)).toBeNull());

  it.each([
    ['an array', []],
    ['null', null],
    ['text', 'x'],
    ['51 keys', keys(51)],
    ['more than 16 KB', sized(16 * 1024 + 1)],
    ['more than 16 KB in UTF-8', { a: 'ü'.repeat(8200) }],
    ['9 levels', nested(9)],
    ['NUL', { a: '\0' }],
  ])('may not be %s', (_, value) => expect(metadataFault(value)).toMatch(/^metadata /));

  it('may be nested without end and is refused all the same', () => {
    const deep = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)) as unknown;
    expect(metadataFault(deep)).toMatch(/nested/);
    expect(metadataPatchFault(deep)).toMatch(/nested/);
  });

  it('is taken away by null as a whole', () => expect(mergedMetadata({ a: 1 }, null)).toEqual({}));
});
