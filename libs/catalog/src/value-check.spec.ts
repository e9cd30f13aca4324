import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import type { OperationDefinition } from './operation.js';
import { buildRequest, checkInputs } from './request.js';

function operationOf(schema: object, more: { openapi?: string; schemas?: object } = {}): OperationDefinition {
  const { openapi = '3.0.3', schemas = {} } = more;
  const requestBody = { content: { 'application/json': { schema } } };
  const operation = defineApp({
    openapi,
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://api.test' }],
    paths: { '/a': { post: { operationId: 'op', requestBody } } },
    components: { schemas },
  }).operations['op'];
  if (!operation) throw new Error('no operation');
  return operation;
}

const property = (schema: object, more = {}) => operationOf({ type: 'object', properties: { p: schema } }, more);
const flaws = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  checkInputs(operation, inputs).map(({ pointer, detail }) => `${pointer} ${detail}`);
const sent = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  buildRequest(operation, inputs, operation.serverUrl).body;

const text = { type: 'string' };
const whole = { type: 'integer' };
const closed = { type: 'object', properties: { a: whole }, additionalProperties: false };
const dog = { type: 'object', required: ['kind', 'barks'], properties: { kind: { enum: ['dog'] }, barks: text } };
const cat = { type: 'object', required: ['kind', 'lives'], properties: { kind: { enum: ['cat'] }, lives: whole } };

describe('a value is held to each keyword of its schema', () => {
  it.each<[string, object, unknown, unknown, string[]]>([
    ['multipleOf', { type: 'number', multipleOf: 0.01 }, '19.99', '19.999', ['/p must be a multiple of 0.01']],
    ['minProperties', { type: 'object', minProperties: 1 }, { a: 1 }, {}, ['/p must have 1 members or more']],
    ['maxProperties', { type: 'object', maxProperties: 1 }, {}, '{"a":1,"b":2}', ['/p must have 1 members or less']],
    ['uniqueItems', { type: 'array', uniqueItems: true }, [1, '1'], [[1], [1]], ['/p must not have an item twice']],
    ['additionalProperties: false', closed, { a: '1' }, { a: 1, 'x/y': 2 }, ['/p/x~1y is not permitted here']],
    [
      'additionalProperties',
      { type: 'object', additionalProperties: { type: 'integer', minimum: 2 } },
      { a: 2 },
      { a: 1, b: 'x' },
      ['/p/a must be 2 or more', '/p/b must be a whole number'],
    ],
    [
      'required, deep',
      { type: 'array', items: dog },
      [{ kind: 'dog', barks: 'y' }],
      [{}],
      ['/p/0/kind is required', '/p/0/barks is required'],
    ],
    [
      'anyOf',
      { anyOf: [{ type: 'string', maxLength: 2 }, whole] },
      5,
      'abc',
      ['/p must have 2 characters or less, or must be a whole number'],
    ],
    [
      'oneOf, none',
      { oneOf: [dog, cat] },
      { kind: 'cat', lives: 9 },
      { kind: 'cow' },
      ['/p fits no alternative of the document'],
    ],
    [
      'oneOf, several',
      { type: 'integer', oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] },
      4,
      6,
      ['/p fits several alternatives of the document, and must fit one'],
    ],
    ['not', { type: 'string', not: { enum: ['root'] } }, 'ada', 'root', ['/p is not permitted by the document']],
    [
      'allOf',
      { allOf: [{ type: 'string', minLength: 2 }, { maxLength: 3 }] },
      'ab',
      'a',
      ['/p must have 2 characters or more'],
    ],
    ['nullable', { type: 'string', nullable: true, minLength: 2 }, null, 'a', ['/p must have 2 characters or more']],
    ['enum of objects', { enum: [{ a: 1 }, { a: 2 }] }, { a: 2 }, { a: 3 }, ['/p must be one of {"a":1}, {"a":2}']],
    ['a boolean bound', { type: 'number', minimum: 3, exclusiveMinimum: true }, 3.5, 3, ['/p must be more than 3']],
  ])('%s', (_, schema, good, bad, expected) => {
    expect(flaws(property(schema), { p: good })).toEqual([]);
    expect(flaws(property(schema), { p: bad })).toEqual(expected);
  });

  it('const and several types, as 3.1 has them', () => {
    const more = { openapi: '3.1.0' };
    const tagged = { type: 'object', properties: { v: { const: { a: [1] } } } };
    expect(flaws(property(tagged, more), { p: { v: { a: [1] } } })).toEqual([]);
    expect(flaws(property(tagged, more), { p: { v: { a: [2] } } })).toEqual(['/p/v must be {"a":[1]}']);
    const either = property({ type: ['integer', 'boolean', 'null'] }, more);
    expect(flaws(either, { p: 'x' })).toEqual(['/p must be a whole number or true or false']);
    expect([sent(either, { p: '5' }), sent(either, { p: 'True' }), sent(either, { p: null })]).toEqual([
      '{"p":5}',
      '{"p":true}',
      '{"p":null}',
    ]);
  });

  it('and so are the members of a body together', () => {
    const properties = { a: text, b: text, c: text };
    const either = operationOf({ properties, anyOf: [{ required: ['a'] }, { required: ['b'] }], maxProperties: 2 });
    expect(flaws(either, { a: 'x', c: 'y' })).toEqual([]);
    expect(flaws(either, { c: 'y' })).toEqual([' must have "a", or must have "b"']);
    expect(flaws(either, { a: '1', b: '2', c: '3' })).toEqual([' must have 2 members or less']);
    expect(flaws(either, {})).toEqual([]);
  });
});

describe('a value is not refused for what is only half known', () => {
  it('of a `not`, or of two alternatives that only seem to fit both', () => {
    const unread = { type: 'string', pattern: '(?=a)b' };
    expect(flaws(property({ not: unread }), { p: 'x' })).toEqual([]);
    expect(flaws(property({ oneOf: [unread, text] }), { p: 'x' })).toEqual([]);
  });

  it('of a part that closes an object that other parts add to', () => {
    expect(flaws(property({ allOf: [closed, { properties: { b: text } }] }), { p: { a: 1, b: 'x' } })).toEqual([]);
  });

  it('of a member that only the third party writes, or that is null where it may be left out', () => {
    const parts = [{ properties: { id: { type: 'string', readOnly: true }, n: whole } }, { required: ['id'] }];
    expect(flaws(property({ type: 'object', allOf: parts }), { p: { n: null } })).toEqual([]);
  });
});

const fan = (name: string) => ({
  anyOf: Array.from({ length: 8 }, () => ({ $ref: `#/components/schemas/${name}` })),
});

describe('what a document can make a check cost is bounded', () => {
  it('in size: references that fan out, lead back or lead on for ever', () => {
    const schemas = {
      ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`S${i + 1}`, fan(`S${i}`)])),
      S0: { type: 'string', minLength: 2 },
      Node: {
        type: 'object',
        properties: Object.fromEntries(
          Array.from('abcdefgh').map((name) => [name, { $ref: '#/components/schemas/Node' }]),
        ),
      },
    };
    for (const name of ['S30', 'Node']) {
      const operation = property({ $ref: `#/components/schemas/${name}` }, { schemas });
      expect(JSON.stringify(operation).length, name).toBeLessThan(20_000);
      expect(flaws(operation, { p: name === 'Node' ? { a: { b: {} } } : 'x' }), name).toEqual([]);
    }
  });

  it('in all: many inputs with much to say each', () => {
    const wide = { type: 'string', enum: Array.from({ length: 500 }, (_, i) => `value ${i}`) };
    const properties = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, wide]));
    const { inputs } = operationOf({ type: 'object', properties });
    const characters = inputs.reduce((sum, { check }) => sum + (check?.length ?? 0), 0);
    expect([inputs.length, characters > 32_000, characters <= 65_536]).toEqual([100, true, true]);
  });

  it('in time: a long list against many alternatives is left to the third party', () => {
    const alternatives = Array.from({ length: 60 }, (_, i) => ({
      type: 'object',
      required: [`r${i}`],
      maxProperties: 1,
    }));
    const operation = property({ type: 'array', items: { anyOf: alternatives } });
    expect(flaws(operation, { p: [{}] })).toHaveLength(1);
    expect(flaws(operation, { p: Array.from({ length: 100_000 }, () => ({})) })).toEqual([]);
  });

  it('in code: names and values of the document stay text', () => {
    const name = `a"]; globalThis.reached = true; //\n\${globalThis.reached = true}`;
    const operation = property({
      type: 'object',
      required: [name],
      properties: { [name]: { enum: [name], pattern: name } },
    });
    expect(flaws(operation, { p: { [name]: 'x' } })).toHaveLength(1);
    expect(flaws(operation, { p: {} })).toHaveLength(1);
    expect(globalThis).not.toHaveProperty('reached');
  });
});
