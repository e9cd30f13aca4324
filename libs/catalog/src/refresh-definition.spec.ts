import { describe, expect, it } from 'vitest';
import { DocumentError } from './document-error.js';
import { readRefresh } from './refresh-definition.js';

describe('x-gatehouse.refresh', () => {
  it('is absent where the document says nothing', () => {
    expect(readRefresh({})).toBeUndefined();
    expect(readRefresh({ refresh: {} })).toEqual({});
  });

  it('is read with all that it may say', () => {
    const errors = { invalid_grant: 'retry', key_gone: 'client', gone: 'reconnect' };
    expect(readRefresh({ refresh: { rotation: 'grace', keep_alive: 86_400, errors } })).toEqual({
      rotation: 'grace',
      keepAliveSeconds: 86_400,
      errors,
    });
  });

  it.each(['grace', 'strict', 'non_rotating'])('knows the rotation %s', (rotation) => {
    expect(readRefresh({ refresh: { rotation } })).toEqual({ rotation });
  });

  it.each([60, 90 * 86_400])('takes a keep_alive of %i s', (keepAliveSeconds) => {
    expect(readRefresh({ refresh: { keep_alive: keepAliveSeconds } })).toEqual({ keepAliveSeconds });
  });

  it('keeps a code that is the name of a member of objects apart from that', () => {
    const { errors } = readRefresh(JSON.parse('{"refresh":{"errors":{"__proto__":"client"}}}')) ?? {};
    expect(Object.entries(errors ?? {})).toEqual([['__proto__', 'client']]);
  });

  it.each<[string, unknown, string, string]>([
    ['a text', 'grace', '"x-gatehouse.refresh"', '/x-gatehouse'],
    ['a list', [], '"x-gatehouse.refresh"', '/x-gatehouse'],
    ['null', null, '"x-gatehouse.refresh"', '/x-gatehouse'],
    ['a rotation of its own', { rotation: 'loose' }, '"rotation" must be one of', '/x-gatehouse/refresh'],
    ['a rotation of no text', { rotation: 7 }, '"rotation" must be one of', '/x-gatehouse/refresh'],
    ['a keep_alive of less than a minute', { keep_alive: 59 }, '"keep_alive"', '/x-gatehouse/refresh'],
    ['a keep_alive of more than 90 days', { keep_alive: 90 * 86_400 + 1 }, '"keep_alive"', '/x-gatehouse/refresh'],
    ['a keep_alive of half a second', { keep_alive: 60.5 }, '"keep_alive"', '/x-gatehouse/refresh'],
    ['a keep_alive as text', { keep_alive: '86400' }, '"keep_alive"', '/x-gatehouse/refresh'],
    ['errors that are a list', { errors: ['invalid_grant'] }, '"errors"', '/x-gatehouse/refresh'],
    ['errors that are null', { errors: null }, '"errors"', '/x-gatehouse/refresh'],
    ['a meaning of its own', { errors: { gone: 'panic' } }, '"gone" must be one of', '/x-gatehouse/refresh/errors'],
    ['a meaning of no text', { errors: { gone: true } }, '"gone" must be one of', '/x-gatehouse/refresh/errors'],
  ])('is refused as %s, with the place', (_, refresh, sentence, place) => {
    const read = () => readRefresh({ refresh });
    expect(read).toThrow(DocumentError);
    expect(read).toThrow(expect.objectContaining({ message: expect.stringContaining(sentence), pointer: place }));
  });
});
