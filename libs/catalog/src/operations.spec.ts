import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { readApp } from './read-app.js';

const responses = { 200: { description: 'ok' } };
const text = { type: 'string' };
const bodyOf = (properties: object) => ({
  requestBody: { content: { 'application/json': { schema: { type: 'object', properties } } } },
});
const define = (paths: object, extended?: object) =>
  defineApp({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://a.test' }],
    ...(extended && { 'x-gatehouse': extended }),
    paths,
  });
const good = { get: { operationId: 'good', responses } };
const unsendable = {
  post: { operationId: 'bad', requestBody: { required: true, content: { 'text/xml': {} } }, responses },
};
const choosing = (choices: object, more: object = {}) => ({
  '/lists': {
    get: { operationId: 'lists', parameters: [{ name: 'team', in: 'query', required: true, schema: text }], responses },
  },
  '/bad': unsendable,
  '/items': {
    post: { operationId: 'add', ...bodyOf({ list: { ...text, 'x-gatehouse': { choices } }, ...more }), responses },
  },
});

const dependsOn = (paths: object) => define(paths).operations['add']?.inputs.find(({ id }) => id === 'list')?.dependsOn;
const outputsOf = (operation: object) => define({ '/a': { get: { ...good.get, ...operation } } }).outputs['good'];
const answering = (schema: object, more: object = {}) => ({
  responses: { 200: { description: 'ok', content: { 'application/json': { schema, ...more } } } },
});

describe('an operation that can not be sent', () => {
  it.each<[string, string, object, RegExp]>([
    ['a body that is no JSON', '/a', unsendable, /text\/xml/],
    ['a query in its path', '/a?b=1', { get: { operationId: 'bad', responses } }, /query/],
    ['a parameter that no path has', '/a/{id}', { get: { operationId: 'bad', responses } }, /\{id\}/],
    [
      'too many alternatives',
      '/a',
      { post: { operationId: 'bad', ...bodyOf({ a: { enum: [...Array(1001).keys()] } }) } },
      /1000 values/,
    ],
  ])('for %s is skipped with its reason, and the others stay', (_, path, item, reason) => {
    const app = define({ '/good': good, [path]: item });
    expect(app.actions.map(({ key }) => key)).toEqual(['good']);
    expect(app.skipped).toEqual([{ operation: 'bad', reason: expect.stringMatching(reason) as string }]);
  });

  it('is no reason to take a document of which nothing else is left', () => {
    expect(() => define({ '/a?b=1': { get: { operationId: 'bad', responses } } })).toThrow(/query/);
  });

  it.each([
    ['choices', choosing({ operationId: 'bad' }), undefined],
    ['identity', { '/good': good, '/bad': unsendable }, { identity: { operationId: 'bad' } }],
  ])('can not be named by %s', (_, paths, extended) => {
    expect(() => define(paths, extended)).toThrow(/"bad" can not be called.*text\/xml/);
  });
});

describe('a mistake in x-gatehouse refuses the document', () => {
  it.each<[string, object, RegExp]>([
    ['an operation that is not there', choosing({ operationId: 'nothing' }), /no operation "nothing"/],
    ['choices without an operation', choosing({ items: 'a' }), /must name an "operationId"/],
    [
      'an input of the other operation that it does not have',
      choosing({ operationId: 'lists', search: 'q' }),
      /"q", which is no input/,
    ],
    [
      'an input here that there is not',
      choosing({ operationId: 'lists', inputs: { team: 'group' } }),
      /"group", which is no input/,
    ],
    ['a page without an input', choosing({ operationId: 'lists', page: {} }), /must name an "input"/],
    [
      'a first page that is no number',
      choosing({ operationId: 'lists', page: { input: 'team', first: 'a' } }),
      /whole number/,
    ],
    ['a constant that is a list', choosing({ operationId: 'lists', constants: { team: [1] } }), /can not stand here/],
    [
      'outputs that are no list',
      { '/good': { get: { ...good.get, 'x-gatehouse': { outputs: {} } } } },
      /must be a list/,
    ],
    [
      'an output without an id',
      { '/good': { get: { ...good.get, 'x-gatehouse': { outputs: [{}] } } } },
      /must have an "id"/,
    ],
  ])('%s', (_, paths, sentence) => {
    expect(() => define({ '/good': good, ...paths })).toThrow(sentence);
  });
});

describe('an input with choices depends on what their operation must be given', () => {
  it.each<[string, object, object, string[]]>([
    ['by the same id', { operationId: 'lists' }, { team: text }, ['team']],
    ['by the id that is named', { operationId: 'lists', inputs: { team: 'group' } }, { group: text }, ['group']],
    ['not where it is a constant', { operationId: 'lists', constants: { team: 'a' } }, { team: text }, []],
    ['not where there is no such input', { operationId: 'lists' }, {}, []],
  ])('%s', (_, choices, more, expected) => {
    expect(dependsOn(choosing(choices, more))).toEqual(expected);
  });
});

describe('the outputs of an operation', () => {
  it('are those that x-gatehouse lists, where it does', () => {
    const outputs = [{ id: 'a__b', title: 'B', sample: 7 }, { id: 'c' }];
    expect(outputsOf({ ...answering({ properties: { x: text } }), 'x-gatehouse': { outputs } })).toEqual([
      { id: 'a__b', title: 'B', sample: '7' },
      { id: 'c', title: 'C' },
    ]);
  });

  it.each<[string, object, string[]]>([
    ['of an object', { properties: { a: text, b: { properties: { c: text } } } }, ['a', 'b__c']],
    ['of a list of objects, by what one has', { type: 'array', items: { properties: { a: text } } }, ['a']],
    ['of lists inside', { properties: { l: { type: 'array', items: { properties: { a: text } } } } }, ['l[]a']],
    ['of lists in lists', { properties: { l: { type: 'array', items: { type: 'array', items: text } } } }, ['l[][]']],
    ['of parts that are joined', { allOf: [{ properties: { a: text } }, { properties: { b: text } }] }, ['a', 'b']],
    ['of a text, none', text, []],
    ['of a free object, none', { type: 'object' }, []],
  ])('%s', (_, schema, ids) => {
    expect(outputsOf(answering(schema))?.map(({ id }) => id)).toEqual(ids);
  });

  it('take their samples from an example of the answer, then of the part', () => {
    const schema = {
      type: 'array',
      items: { properties: { a: { ...text, example: 'x' }, b: { ...text, example: 'y' } } },
    };
    const samples = outputsOf(answering(schema, { examples: { one: { value: [{ a: 'seen' }] } } }))?.map(
      (one) => one.sample,
    );
    expect(samples).toEqual(['seen', 'y']);
  });

  it('are 200 at most, of a schema that never ends too', () => {
    const wide = { properties: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`p${index}`, text])) };
    expect(outputsOf(answering(wide))).toHaveLength(200);
  });
});

it('the same document is read as it was: where this changes, raise READING in apps.store.ts', async () => {
  const document = {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://a.test' }],
    paths: choosing({ operationId: 'lists', page: { input: 'team' } }),
  };
  const { digest } = await readApp(JSON.stringify(document));
  expect(Buffer.from(digest).toString('hex')).toMatchInlineSnapshot(
    `"35c9a4586bd4350a37644079b5f98fe7fb36f2c4d28b0af98d68234b04c66077"`,
  );
});
