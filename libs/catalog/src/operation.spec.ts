import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import type { OpenApiDocument } from './reference.js';

const responses = { 200: { description: 'ok' } };

function define(paths: object, rest: object = {}) {
  const document: OpenApiDocument = {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://a.test' }],
    paths,
    ...rest,
  };
  return defineApp(document);
}

const keysOf = (paths: object) => Object.keys(define(paths).operations);

describe('the key of an operation', () => {
  it('is its operationId, or its method and path', () => {
    expect(
      keysOf({
        '/a/{id}': { parameters: [idParameter()], get: { responses }, put: { operationId: 'putA', responses } },
      }),
    ).toEqual(['get_a_id', 'putA']);
  });

  it.each([
    ['a b/c', 'a_b_c'],
    ['naïve', 'na_ve'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('is made safe: %j', (operationId, key) => {
    expect(keysOf({ '/a': { get: { operationId, responses } } })).toEqual([key]);
  });

  it.each(['', '__proto__', '…', '.', '..', 'y'.repeat(500)])('is safe and short whatever %j is', (operationId) => {
    const [key] = keysOf({ '/a': { get: { operationId, responses } } });
    expect(key).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
    expect(key).toMatch(/[A-Za-z0-9]/);
    expect(key).not.toBe('__proto__');
  });

  it('does not depend on the order of the document, even where two become the same', () => {
    const first = { '/a': { get: { operationId: 'a b', responses } } };
    const second = { '/b': { get: { operationId: 'a_b', responses } } };
    const third = { '/c': { get: { operationId: 'a/b', responses } } };
    const keys = keysOf({ ...first, ...second, ...third });
    expect(new Set(keys).size).toBe(3);
    expect(keys[1]).toBe('a_b');
    expect(keysOf({ ...third, ...second, ...first })).toEqual(keys.toReversed());
  });

  it('is refused when an operationId is used twice', () => {
    const paths = { '/a': { get: { operationId: 'x', responses } }, '/b': { post: { operationId: 'x', responses } } };
    expect(() => define(paths)).toThrow(/"x" is used twice: at \/paths\/~1a\/get and at \/paths\/~1b\/post/);
  });
});

describe('an action', () => {
  it.each([
    ['get', {}, 'READ'],
    ['post', {}, 'WRITE'],
    ['put', {}, 'WRITE'],
    ['patch', {}, 'WRITE'],
    ['delete', {}, 'WRITE'],
    ['post', { type: 'SEARCH_OR_WRITE' }, 'SEARCH_OR_WRITE'],
  ])('of %s %j is a %s', (method, extended, type) => {
    expect(define({ '/a': { [method]: { responses, 'x-gatehouse': extended } } }).actions[0]?.type).toBe(type);
  });

  it('is titled by the extension, the summary, or its key in words', () => {
    expect(titleOf({ summary: 'S', 'x-gatehouse': { title: 'X' } })).toBe('X');
    expect(titleOf({ summary: 'S' })).toBe('S');
    expect(titleOf({})).toBe('List all things');
  });

  it('is not made of an operation whose required body cannot be written', () => {
    const requestBody = { required: true, content: { 'multipart/form-data': {} } };
    const { actions, operations } = define({ '/a': { post: { operationId: 'upload', responses, requestBody } } });
    expect(actions).toEqual([]);
    expect(operations['upload']?.unsupported).toMatch(/multipart\/form-data/);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown type', { 'x-gatehouse': { type: 'FILTER' } }, /must be one of READ/],
    ['a poll of nothing', { 'x-gatehouse': { poll: { operationId: 'nope' } } }, /no operation "nope"/],
    ['a poll without an end', { 'x-gatehouse': { poll: { timeout_seconds: 86_401 } } }, /"timeout_seconds" must be/],
    ['a poll that looks for nothing', { 'x-gatehouse': { poll: { until: {} } } }, /"until" must have a "path"/],
    ['a path parameter that it does not have', { path: '/a/{b}' }, /\{b\}/],
    ['a path that climbs', { path: '/a/../b' }, /dot segment/],
    ['a path that climbs in disguise', { path: '/a/%2e%2E/b' }, /dot segment/],
    ['a path with a query', { path: '/a?b=c' }, /query/],
    ['a path with a backslash', { path: '/a\\b' }, /query/],
    [
      'a parameter style that cannot be written',
      { parameters: [{ ...idParameter('query'), style: 'label' }] },
      /"label"/,
    ],
    ['a header name that is none', { parameters: [{ name: 'a b', in: 'header', schema: {} }] }, /cannot be the name/],
    [
      'choices of nothing',
      { parameters: [{ ...idParameter('query'), 'x-gatehouse': { choices: { operationId: 'no' } } }] },
      /"no"/,
    ],
    [
      'a dependency on nothing',
      { parameters: [{ ...idParameter('query'), 'x-gatehouse': { depends_on: ['no'] } }] },
      /"no"/,
    ],
    [
      'a dependency on itself',
      { parameters: [{ ...idParameter('query'), 'x-gatehouse': { depends_on: ['id'] } }] },
      /"id"/,
    ],
    [
      'too many inputs',
      { parameters: Array.from({ length: 1001 }, (_, i) => ({ name: `p${i}`, in: 'query' })) },
      /1000 inputs/,
    ],
  ])('with %s is refused', (_, { path = '/a', ...operation }: { path?: string }, sentence) => {
    expect(() => define({ [path]: { get: { responses, ...operation } } })).toThrow(sentence);
  });
});

it('operations that share one large schema are bounded together', () => {
  const values = Array.from({ length: 1_000 }, (_, i) => `${'v'.repeat(100)}${i}`);
  const parameters = Array.from({ length: 50 }, (_, i) => ({ name: `p${i}`, in: 'query', schema: { enum: values } }));
  const paths = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`/p${i}`, { get: { responses, parameters } }]),
  );
  expect(() => define(paths)).toThrow(/too large/);
});

function idParameter(location = 'path') {
  return { name: 'id', in: location, required: true, schema: { type: 'string' } };
}

function titleOf(operation: object): string | undefined {
  return define({ '/a': { get: { operationId: 'listAllThings', responses, ...operation } } }).actions[0]?.title;
}
