import { describe, expect, it } from 'vitest';
import { readParts } from './jws-parts.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const token = (header: string, payload: string) => `${encoded(header)}.${encoded(payload)}.AAAA`;

const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('the parts of a token', () => {
  it('are two JSON objects', () => {
    expect(readParts(token('{"alg":"ES256"}', '{"sub":"a"}'))).toEqual({
      header: { alg: 'ES256' },
      payload: { sub: 'a' },
    });
  });

  it('may be 16 levels deep, and no deeper', () => {
    expect(() => readParts(token('{}', nested(16)))).not.toThrow();
    expect(() => readParts(token('{}', nested(17)))).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });

  it.each([
    ['nothing', ''],
    ['dots alone', '..'],
    ['one part', encoded('{}')],
    ['an empty signature', `${encoded('{}')}.${encoded('{}')}.`],
    ['four parts', `${token('{}', '{}')}.AAAA`],
    ['padding', `${token('{}', '{}')}==`],
    ['white space', ` ${token('{}', '{}')}`],
    ['the alphabet of plain base64', `${encoded('{}')}.${encoded('{}')}.++//`],
    ['bits after the last byte', `${encoded('{}')}.${encoded('{}')}.AB`],
    ['letters outside ASCII', `${encoded('{}')}.${encoded('{}')}.AAAÄ`],
    ['10,000 levels', `${'['.repeat(10_000)}.e30.AAAA`],
    ['a mebibyte of levels', token('{}', '['.repeat(1024 * 1024))],
    ['a mebibyte of dots', '.'.repeat(1024 * 1024)],
    ['1,000 objects in each other', token('{}', '{"a":'.repeat(1000))],
    ['a byte order mark', token('\uFEFF{}', '{}')],
    ['a list', token('[]', '{}')],
    ['null', token('{}', 'null')],
  ])('are refused where there is %s', (_, text) => {
    expect(() => readParts(text)).toThrow(expect.objectContaining({ name: 'RefusedToken', reason: 'malformed' }));
  });
});
