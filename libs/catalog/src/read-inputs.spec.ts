import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { InputError } from './input-error.js';
import type { OperationDefinition } from './operation.js';
import { buildRequest, checkInputs } from './request.js';

function operationOf(schema: object, required = false): OperationDefinition {
  const requestBody = { required, content: { 'application/json': { schema } } };
  const servers = [{ url: 'https://api.test' }];
  const paths = { '/a': { post: { operationId: 'op', requestBody } } };
  const { operations } = defineApp({ openapi: '3.1.0', info: { title: 'T', version: '1' }, servers, paths });
  const operation = operations['op'];
  if (!operation) throw new Error('no operation');
  return operation;
}

const property = (schema: object, required = false) =>
  operationOf({ type: 'object', properties: { p: schema } }, required);
const bodyOf = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  buildRequest(operation, inputs, operation.serverUrl).body;
const pointers = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  checkInputs(operation, inputs).map(({ pointer, detail }) => `${pointer} ${detail}`);
const details = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  checkInputs(operation, inputs).map(({ id, detail }) => `${id} ${detail}`);

describe('inputs are refused', () => {
  it('when they are missing, of the wrong type, not permitted or unknown, each by its id', () => {
    const operation = operationOf({
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'string' }, n: { type: 'integer' }, e: { enum: ['x', 'y'] } },
    });
    expect(details(operation, { n: '1.5', e: 'z', more: 1 })).toEqual([
      'more is not an input of this action',
      'a is required',
      'n must be a whole number',
      'e must be one of x, y',
    ]);
  });

  it.each<[object, unknown, string]>([
    [{ type: 'string' }, { a: 1 }, 'must be a text'],
    [{ type: 'integer' }, 'five', 'must be a whole number'],
    [{ type: 'integer' }, '1'.repeat(100), 'must be a whole number'],
    [{ type: 'number' }, '0x10', 'must be a number'],
    [{ type: 'number' }, 'NaN', 'must be a number'],
    [{ type: 'number' }, Infinity, 'must be a number'],
    [{ type: 'boolean' }, 'yes', 'must be true or false'],
    [{ type: 'array' }, 'a,b', 'must be a list, or the JSON text of one'],
    [{ type: 'array' }, '[1', 'must be a list, or the JSON text of one'],
    [{ type: 'array', items: { type: 'integer' } }, [1, 'x'], 'must be a whole number'],
    [{ type: 'object' }, '[]', 'must be an object, or the JSON text of one'],
    [{ type: 'object' }, [], 'must be an object, or the JSON text of one'],
  ])('for %j: %j', (schema, value, detail) => {
    expect(details(property(schema), { p: value })).toEqual([`p ${detail}`]);
  });

  it.each<[object, unknown, string]>([
    [{ type: 'integer', minimum: 3 }, '2', 'must be 3 or more'],
    [{ type: 'integer', maximum: 3 }, 4, 'must be 3 or less'],
    [{ type: 'integer', maximum: 3 }, '9007199254740993', 'must be 3 or less'],
    [{ type: 'number', exclusiveMinimum: 3 }, 3, 'must be more than 3'],
    [{ type: 'number', maximum: 3, exclusiveMaximum: true }, 3, 'must be less than 3'],
    [{ type: 'string', minLength: 3 }, '😀😀', 'must have 3 characters or more'],
    [{ type: 'string', maxLength: 2 }, 'abc', 'must have 2 characters or less'],
    [{ type: 'string', pattern: '^[a-z]+$' }, 'a1', 'must match the pattern ^[a-z]+$'],
    [
      { type: 'string', pattern: String.raw`^\d{4}\/\u0041$` },
      '2026/B',
      String.raw`must match the pattern ^\d{4}\/\u0041$`,
    ],
    [{ type: 'string', format: 'date' }, '2026-13-01', 'must have the format date'],
    [{ type: 'string', format: 'date-time' }, 'tomorrow', 'must have the format date-time'],
    [{ type: 'string', format: 'email' }, 'ada', 'must have the format email'],
    [{ type: 'string', format: 'uri' }, 'no scheme', 'must have the format uri'],
    [{ type: 'string', format: 'uuid' }, '1234', 'must have the format uuid'],
    [{ type: 'array', minItems: 2 }, [1], 'must have 2 items or more'],
    [{ type: 'array', maxItems: 1 }, '[1,2]', 'must have 1 items or less'],
    [{ type: 'array', uniqueItems: true }, [{ a: 1 }, { a: 1 }], 'must not have an item twice'],
    [{ type: ['string', 'integer'], minimum: 3 }, 2, 'must be 3 or more'],
  ])('by what %j says besides its type: %j', (schema, value, detail) => {
    expect(details(property(schema), { p: value })).toEqual([`p ${detail}`]);
  });

  it('each by its pointer, in members and items too', () => {
    const city = { type: 'string', minLength: 2 };
    const address = {
      type: 'object',
      required: ['city', 'a/b'],
      properties: { city, 'a/b': {}, zip: { type: 'integer' } },
    };
    const operation = operationOf({
      type: 'object',
      properties: { address, tags: { type: 'array', items: { type: 'object', properties: { name: city } } } },
    });
    const inputs = { address: { city: 'X', zip: 'no' }, tags: [{ name: 'ok' }, { name: 'X' }, 1] };
    expect(pointers(operation, inputs)).toEqual([
      '/address/zip must be a whole number',
      '/address/a~1b is required',
      '/address/city must have 2 characters or more',
      '/tags/2 must be an object, or the JSON text of one',
      '/tags/1/name must have 2 characters or more',
    ]);
    expect(pointers(operation, { address: JSON.stringify(inputs.address) })).toHaveLength(3);
    const good = { address: { city: 'XY', 'a/b': 1, zip: '9007199254740993', more: true } };
    expect(bodyOf(operation, good)).toBe('{"address":{"city":"XY","a/b":1,"zip":9007199254740993,"more":true}}');
  });

  it('by no pattern that could take long', () => {
    const text = 'a'.repeat(5_000);
    for (const pattern of ['^(a+)+$', '(a|a)*b', '^(?=a)b$', String.raw`(a)\1b`, `(?:${'a'.repeat(400)}){1000}`, '(']) {
      const problems = details(property({ type: 'string', pattern }), { p: `${text}!` });
      expect(problems, pattern).toEqual(
        ['^(a+)+$', '(a|a)*b'].includes(pattern) ? [`p must match the pattern ${pattern}`] : [],
      );
    }
    const many = property({ type: 'array', items: { type: 'string', pattern: '^(a+)+$' } });
    expect(details(many, { p: [text, text, text, `${text}!`] })).toEqual([]);
  });

  it('deep inside a schema that leads back to itself no more', () => {
    const document = {
      type: 'object',
      properties: {
        p: { $ref: '#/paths/~1a/post/requestBody/content/application~1json/schema' },
        v: { type: 'integer' },
      },
    };
    const operation = operationOf(document);
    expect(pointers(operation, { p: { p: { v: 'x' } } })).toEqual(['/p/p/v must be a whole number']);
    expect(pointers(operation, { p: { p: { p: { p: { p: { p: { v: 'x' } } } } } } })).toEqual([]);
  });

  it('when they inherit what every object has', () => {
    const operation = operationOf({
      type: 'object',
      required: ['constructor'],
      properties: { constructor: { type: 'string' } },
    });
    expect(details(operation, {})).toEqual(['constructor is required']);
  });

  it('by buildRequest, too, when nobody checked them', () => {
    expect(() => bodyOf(property({ type: 'integer' }), { p: 'x' })).toThrow(InputError);
  });
});

describe('values take the type of their schema', () => {
  it.each<[object, unknown, string]>([
    [{ type: 'integer' }, '5', '5'],
    [{ type: 'integer' }, 5, '5'],
    [{ type: 'integer' }, '9007199254740993', '9007199254740993'],
    [{ type: 'number' }, ' 1.50 ', '1.5'],
    [{ type: 'boolean' }, 'True', 'true'],
    [{ type: 'boolean' }, 'false', 'false'],
    [{ type: 'string' }, 5, '"5"'],
    [{ type: 'object' }, '{"a":[1]}', '{"a":[1]}'],
    [{ type: 'array', items: { type: 'integer' } }, '["1",2]', '[1,2]'],
    [{ type: 'integer', enum: [1, 2] }, '2', '2'],
    [{ enum: ['a', 1] }, '1', '1'],
    [{ type: ['string', 'null'] }, null, 'null'],
    [{ type: ['string', 'integer'] }, 5, '5'],
    [{}, { any: 'thing' }, '{"any":"thing"}'],
  ])('%j: %j', (schema, value, text) => {
    expect(bodyOf(property(schema), { p: value })).toBe(`{"p":${text}}`);
  });

  it('leaves out what is not given: undefined, an empty text, null where null is not permitted', () => {
    for (const p of [undefined, '', null]) expect(bodyOf(property({ type: 'string' }, true), { p })).toBe('{}');
    expect(bodyOf(property({ type: 'string' }), {})).toBeUndefined();
  });

  it('sends the default of a required input that is not given, and of no other', () => {
    const schema = {
      type: 'object',
      required: ['kind'],
      properties: { kind: { const: 'note' }, size: { type: 'integer', default: 5 } },
    };
    expect(bodyOf(operationOf(schema), {})).toBe('{"kind":"note"}');
  });
});
