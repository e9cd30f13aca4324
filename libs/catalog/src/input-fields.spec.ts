import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { inputFields, toWireInputField } from './input-fields.js';
import type { InputField } from './input-fields.js';

interface Source {
  path?: string;
  parameters?: object[];
  schema?: unknown;
  content?: object;
  components?: object;
  security?: object;
}

function fieldsOf(source: Source): InputField[] {
  const { path = '/a', parameters = [], components = {} } = source;
  const content =
    source.content ?? (source.schema === undefined ? undefined : { 'application/json': { schema: source.schema } });
  const app = defineApp({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://a.test' }],
    paths: {
      [path]: { post: { operationId: 'op', parameters, ...(content && { requestBody: { content } }) } },
      '/lists': { get: { operationId: 'listLists' } },
    },
    components,
  });
  return inputFields(app.operations['op'] ?? fail());
}

function fail(): never {
  throw new Error('no operation');
}

const property = (schema: unknown, components: object = {}) =>
  fieldsOf({ schema: { type: 'object', properties: { p: schema } }, components })[0];

describe('the inputs of an operation', () => {
  it('are its path, query and header parameters, then the properties of its body', () => {
    const fields = fieldsOf({
      path: '/a/{id}',
      parameters: [
        { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
        { name: 'q', in: 'query', schema: { type: 'string' } },
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'session', in: 'cookie', schema: { type: 'string' } },
      ],
      schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    });
    expect(fields.map((field) => [field.id, field.in, field.required])).toEqual([
      ['id', 'path', true],
      ['q', 'query', false],
      ['X-Trace', 'header', false],
      ['name', 'body', true],
    ]);
  });

  it.each(['Accept', 'content-type', 'Authorization', 'Host', 'Cookie', 'Transfer-Encoding', 'Proxy-Authorization'])(
    'leave out the header %s, which is ours to set',
    (name) => {
      expect(fieldsOf({ parameters: [{ name, in: 'header', schema: { type: 'string' } }] })).toEqual([]);
    },
  );

  it('leave out the place of the API key, which the connection fills', () => {
    const securitySchemes = { key: { type: 'apiKey', in: 'header', name: 'X-Key' } };
    expect(
      fieldsOf({ parameters: [{ name: 'x-key', in: 'header', schema: {} }], components: { securitySchemes } }),
    ).toEqual([]);
  });

  it('take a parameter of the operation in place of its path’s', () => {
    const fields = fieldsOf({ parameters: [param('q', { type: 'string' }), param('q', { type: 'integer' })] });
    expect(fields.map(({ valueType }) => valueType)).toEqual(['INTEGER']);
  });

  it('have distinct ids where two places use one name', () => {
    const schema = { type: 'object', properties: { id: { type: 'string' }, body__id: { type: 'string' } } };
    const fields = fieldsOf({ parameters: [param('id', {}), { ...param('id', {}), in: 'header' }], schema });
    expect(fields.map(({ id, name, in: place }) => [id, name, place])).toEqual([
      ['id', 'id', 'query'],
      ['header__id', 'id', 'header'],
      ['body__id', 'id', 'body'],
      ['body__body__id', 'body__id', 'body'],
    ]);
  });

  it('leave out what only the third party may write', () => {
    const readOnly = { type: 'string', readOnly: true };
    const schema = {
      type: 'object',
      properties: { a: readOnly, b: { type: 'string' }, c: { $ref: '#/components/schemas/R' } },
    };
    expect(fieldsOf({ schema, components: { schemas: { R: readOnly } } }).map(({ id }) => id)).toEqual(['b']);
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['a list', { type: 'array', items: { type: 'integer' } }, 'ARRAY', 'INTEGER'],
    ['a free object', { type: 'object', additionalProperties: true }, 'OBJECT', undefined],
    ['one of two objects', { oneOf: [{ type: 'object' }, { properties: { a: {} } }] }, 'OBJECT', undefined],
    ['anything', {}, 'STRING', undefined],
  ])('are one field "body" for a body that is %s', (_, schema, valueType, itemsType) => {
    const [field, ...rest] = fieldsOf({ schema });
    expect(rest).toEqual([]);
    expect(field).toMatchObject({ id: 'body', in: 'body', required: false, valueType });
    expect(field?.itemsType).toBe(itemsType);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/merge-patch+json',
    'application/x-www-form-urlencoded',
    '*/*',
  ])('are read from a body of %s', (type) => {
    const fields = fieldsOf({
      content: { 'text/xml': {}, [type]: { schema: { properties: { a: { type: 'string' } } } } },
    });
    expect(fields.map(({ id }) => id)).toEqual(['a']);
  });
});

describe('a field', () => {
  it.each<[string, unknown, Partial<InputField>]>([
    ['a text', { type: 'string' }, { valueType: 'STRING' }],
    ['a nullable text of 3.0', { type: 'string', nullable: true }, { valueType: 'STRING' }],
    ['a nullable text of 3.1', { type: ['string', 'null'] }, { valueType: 'STRING' }],
    ['a text or null', { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] }, { format: 'DATETIME' }],
    ['a number', { type: 'number' }, { valueType: 'NUMBER' }],
    ['a whole number', { type: 'integer', default: 5 }, { valueType: 'INTEGER', defaultValue: '5' }],
    ['one of two types', { type: ['string', 'integer'] }, { valueType: 'STRING' }],
    ['untyped', {}, { valueType: 'STRING' }],
    ['everything', true, { valueType: 'STRING' }],
    [
      'a list of texts',
      { type: 'array', items: { type: 'string' }, default: ['a'] },
      { itemsType: 'STRING', defaultValue: '["a"]' },
    ],
    ['a list of itself', { $ref: '#/components/schemas/Tree' }, { valueType: 'ARRAY', itemsType: 'ARRAY' }],
    ['an object', { properties: { a: {} } }, { valueType: 'OBJECT' }],
    ['a password', { type: 'string', format: 'password' }, { format: 'PASSWORD' }],
    ['a day', { type: 'string', format: 'date' }, { valueType: 'STRING' }],
    ['a long text', { type: 'string', maxLength: 256 }, { format: 'MULTILINE' }],
    ['code by extension', { type: 'string', 'x-gatehouse': { format: 'CODE' } }, { format: 'CODE' }],
    [
      'described',
      { type: 'string', title: 'A title', description: 'D', example: 'E' },
      { title: 'A title', description: 'D', placeholder: 'E' },
    ],
  ])('that is %s', (_, schema, expected) => {
    const Tree = { type: 'array', items: { $ref: '#/components/schemas/Tree' } };
    const field = property(schema, { schemas: { Tree } });
    expect(field).toMatchObject(expected);
    if (!('format' in expected)) expect(field).not.toHaveProperty('format');
  });

  it.each<[string, unknown, string[][]]>([
    [
      'an enum',
      { enum: ['a', 'b', null] },
      [
        ['a', 'a'],
        ['b', 'b'],
      ],
    ],
    [
      'numbers',
      { type: 'integer', enum: [1, 2] },
      [
        ['1', '1'],
        ['2', '2'],
      ],
    ],
    [
      'titled constants',
      { oneOf: [{ const: 'a', title: 'Alpha' }, { const: 'b' }] },
      [
        ['a', 'Alpha'],
        ['b', 'b'],
      ],
    ],
    ['a list of an enum', { type: 'array', items: { enum: ['a'] } }, [['a', 'a']]],
    [
      'yes or no',
      { type: 'boolean' },
      [
        ['True', 'True'],
        ['False', 'False'],
      ],
    ],
  ])('is chosen from %s', (_, schema, values) => {
    expect(property(schema)).toMatchObject({
      format: 'SELECT',
      choices: { kind: 'static', values: values.map(([value, label]) => ({ value, label })) },
    });
  });

  it('has the constant as its default', () => {
    expect(property({ const: 'contact' })).toMatchObject({ defaultValue: 'contact', valueType: 'STRING' });
  });

  it('has a default that is one of its choices', () => {
    expect(property({ type: 'boolean', default: true })?.defaultValue).toBe('True');
  });

  it('has choices beside a reference, too', () => {
    const choices = { operationId: 'listLists' };
    const schema = { $ref: '#/components/schemas/Id', 'x-gatehouse': { choices } };
    expect(property(schema, { schemas: { Id: { type: 'integer' } } })).toMatchObject({
      valueType: 'INTEGER',
      format: 'SELECT',
      choices: { kind: 'live', operationId: 'listLists', items: '', value: 'id', label: 'id' },
    });
  });
});

describe('on the wire a field', () => {
  it('has every member that Zapier’s has, and no format where it has none', () => {
    const field = property({ type: 'string' });
    expect(field && toWireInputField(field)).toEqual({
      type: 'input_field',
      id: 'p',
      title: 'P',
      description: '',
      default_value: '',
      placeholder: '',
      is_required: false,
      value_type: 'STRING',
      depends_on: [],
      invalidates_input_fields: false,
    });
  });

  it('names the type of its items', () => {
    const field = property({ type: 'array', items: { type: 'number' } });
    expect(field && toWireInputField(field)).toMatchObject({ value_type: 'ARRAY', items: { type: 'NUMBER' } });
  });
});

function param(name: string, schema: object) {
  return { name, in: 'query', schema };
}
