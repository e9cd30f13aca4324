import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { InputError } from './input-error.js';
import type { OperationDefinition } from './operation.js';
import { buildRequest, checkInputs } from './request.js';

const SERVER = 'https://api.test/v1';

interface Source {
  method?: string;
  path?: string;
  parameters?: object[];
  schema?: unknown;
  type?: string;
  required?: boolean;
  encoding?: object;
}

function operationOf(source: Source): OperationDefinition {
  const {
    method = 'post',
    path = '/a',
    parameters = [],
    schema,
    type = 'application/json',
    required = false,
    encoding,
  } = source;
  const requestBody = schema === undefined ? undefined : { required, content: { [type]: { schema, encoding } } };
  const { operations } = defineApp({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: SERVER }],
    paths: { [path]: { [method]: { operationId: 'op', parameters, ...(requestBody && { requestBody }) } } },
  });
  const operation = operations['op'];
  if (!operation) throw new Error('no operation');
  return operation;
}

const query = (schema: object, more: object = {}) =>
  operationOf({ method: 'get', parameters: [{ name: 'q', in: 'query', schema, ...more }] });
const byPath = (path = '/a/{id}/b') =>
  operationOf({
    method: 'get',
    path,
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
  });
const send = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  buildRequest(operation, inputs, SERVER);
const details = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  checkInputs(operation, inputs).map(({ id, detail }) => `${id} ${detail}`);

describe('the path', () => {
  it.each([
    ['a b', 'a%20b'],
    ['a/b', 'a%2Fb'],
    ['a?b#c', 'a%3Fb%23c'],
    ['a%2Fb', 'a%252Fb'],
    ['@evil.test', '%40evil.test'],
    ['//evil.test', '%2F%2Fevil.test'],
    ['...', '...'],
    ['é', '%C3%A9'],
    ['$&', '%24%26'],
  ])('keeps %j inside its segment', (id, segment) => {
    expect(send(byPath(), { id }).url).toBe(`https://api.test/v1/a/${segment}/b`);
  });

  it.each(['.', '..', '%2e%2E', '../x', 'a/../../b', '..\\x', '..%2fx', '..%5Cx'])('refuses %j, which climbs', (id) => {
    expect(details(byPath(), { id })).toEqual(['id must not be a path that climbs ("." or "..")']);
    expect(() => send(byPath(), { id })).toThrow(InputError);
  });

  it.each(['', undefined, null])('refuses %j, which is empty', (id) => {
    expect(details(byPath(), { id })).toEqual(['id is required']);
  });

  it('refuses an empty list and half a character', () => {
    const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'array' } }];
    expect(details(operationOf({ method: 'get', path: '/{id}', parameters }), { id: [] })).toEqual([
      'id must not be empty',
    ]);
    expect(details(byPath(), { id: '\ud800' })).toEqual(['id is not valid Unicode']);
  });

  it('refuses a value that climbs together with the template', () => {
    const parameters = [{ name: 'x', in: 'path', schema: { type: 'string' } }];
    const operation = operationOf({ method: 'get', path: '/a/%2{x}%2e/b', parameters });
    expect(send(operation, { x: '1' }).url).toBe('https://api.test/v1/a/%21%2e/b');
    expect(() => send(operation, { x: 'e' })).toThrow(InputError);
  });

  it('joins a list by commas', () => {
    const parameters = [{ name: 'ids', in: 'path', schema: { type: 'array' } }];
    expect(send(operationOf({ method: 'get', path: '/{ids}', parameters }), { ids: ['a,b', 2] }).url).toBe(
      'https://api.test/v1/a%2Cb,2',
    );
  });
});

describe('the query', () => {
  it.each<[string, object, object, unknown, string]>([
    ['a text', { type: 'string' }, {}, 'a&b=c #', '?q=a%26b%3Dc%20%23'],
    ['a list', { type: 'array' }, {}, [1, 'b c'], '?q=1&q=b%20c'],
    ['an empty list', { type: 'array' }, {}, [], ''],
    ['a list by commas', { type: 'array' }, { explode: false }, [1, 'b,c'], '?q=1,b%2Cc'],
    ['a list by spaces', { type: 'array' }, { style: 'spaceDelimited' }, [1, 2], '?q=1%202'],
    ['a list by pipes', { type: 'array' }, { style: 'pipeDelimited', explode: false }, [1, 2], '?q=1%7C2'],
    ['an object', { type: 'object' }, {}, { a: 1, b: 'x y' }, '?a=1&b=x%20y'],
    ['an object by commas', { type: 'object' }, { explode: false }, { a: 1 }, '?q=a,1'],
    [
      'a deep object',
      { type: 'object' },
      { style: 'deepObject' },
      { a: { b: [1, 2] } },
      '?q%5Ba%5D%5Bb%5D%5B0%5D=1&q%5Ba%5D%5Bb%5D%5B1%5D=2',
    ],
    ['false', { type: 'boolean' }, {}, 'False', '?q=false'],
    ['zero', { type: 'integer' }, {}, 0, '?q=0'],
    ['nothing', { type: 'string' }, {}, '', ''],
  ])('is written for %s', (_, schema, style, q, text) => {
    expect(send(query(schema, style), { q }).url).toBe(`https://api.test/v1/a${text}`);
  });

  it('is JSON text where the parameter has content', () => {
    const parameters = [{ name: 'q', in: 'query', content: { 'application/json': { schema: { type: 'object' } } } }];
    expect(send(operationOf({ method: 'get', parameters }), { q: '{"a":1}' }).url).toBe(
      'https://api.test/v1/a?q=%7B%22a%22%3A1%7D',
    );
  });
});

describe('a header', () => {
  const operation = operationOf({ parameters: [{ name: 'X-A', in: 'header', schema: { type: 'string' } }] });

  it('is sent as given', () => {
    expect(send(operation, { 'X-A': 'b c' }).headers).toEqual({ accept: 'application/json', 'X-A': 'b c' });
  });

  it.each(['a\r\nHost: evil', 'a\nb', 'a\u0000', 'a\u007f', '日本'])('never carries %j', (value) => {
    expect(details(operation, { 'X-A': value })).toEqual(['X-A has a character that a header cannot carry']);
  });

  it('named like a prototype member is still only a header', () => {
    const hostile = operationOf({ parameters: [{ name: '__proto__', in: 'header', schema: { type: 'string' } }] });
    const inputs: Record<string, unknown> = JSON.parse('{"__proto__":"x"}');
    expect(Object.entries(send(hostile, inputs).headers)).toContainEqual(['__proto__', 'x']);
  });
});

describe('the body', () => {
  it('is the whole value where the schema is no object', () => {
    const operation = operationOf({ schema: { type: 'array', items: { type: 'integer' } }, required: true });
    expect(send(operation, { body: '[1,"2"]' })).toMatchObject({
      body: '[1,2]',
      headers: { 'content-type': 'application/json' },
    });
    expect(details(operation, {})).toEqual(['body is required']);
  });

  it('has the media type of the document', () => {
    expect(
      send(operationOf({ schema: { properties: { p: {} } }, type: 'application/merge-patch+json' }), { p: 'x' })
        .headers['content-type'],
    ).toBe('application/merge-patch+json');
  });

  it('is a form where the document says so', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' }, l: { type: 'array' }, o: { type: 'object' } },
    };
    const encoding = { o: { style: 'deepObject' } };
    const operation = operationOf({ schema, encoding, type: 'application/x-www-form-urlencoded' });
    expect(send(operation, { a: 'x&y', l: [1, 2], o: { k: 'v' } })).toMatchObject({
      body: 'a=x%26y&l=1&l=2&o%5Bk%5D=v',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  it('takes an input that clashes with a parameter by its own id', () => {
    const operation = operationOf({
      parameters: [{ name: 'p', in: 'query', schema: { type: 'string' } }],
      schema: { type: 'object', properties: { p: { type: 'string' } } },
    });
    expect(send(operation, { p: 'q', body__p: 'b' })).toMatchObject({
      url: 'https://api.test/v1/a?p=q',
      body: '{"p":"b"}',
    });
  });
});

describe('the server', () => {
  it.each(['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', 'https://tenant.test/base/'])(
    '%s begins the URL',
    (server) => {
      expect(buildRequest(query({}), {}, server).url).toBe(`${server.replace(/\/$/, '')}/a`);
    },
  );

  it.each([
    '',
    'api.test',
    'file:///etc',
    'https://u:p@api.test',
    'https://api.test?x=1',
    'https://api.test/#',
    'https://api.test/?',
  ])('%j is refused', (server) => {
    expect(() => buildRequest(query({}), {}, server)).toThrow(InputError);
  });
});

it('an operation that cannot be sent says so', () => {
  const operation = operationOf({ schema: {}, type: 'multipart/form-data', required: true });
  expect(() => send(operation, {})).toThrow(/multipart\/form-data/);
});
