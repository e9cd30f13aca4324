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
    [{ type: 'array', items: { type: 'integer' } }, [1, 'x'], 'has an item (number 2) that must be a whole number'],
    [{ type: 'object' }, '[]', 'must be an object, or the JSON text of one'],
    [{ type: 'object' }, [], 'must be an object, or the JSON text of one'],
  ])('for %j: %j', (schema, value, detail) => {
    expect(details(property(schema), { p: value })).toEqual([`p ${detail}`]);
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
