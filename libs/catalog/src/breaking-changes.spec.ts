import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { breakingChanges } from './breaking-changes.js';

interface Shape {
  properties?: Record<string, unknown>;
  required?: string[];
  scheme?: object;
  server?: string;
  type?: string;
  operationId?: string;
}

const oauth2 = (tokenUrl: string, scopes: string[]) => {
  const flow = {
    authorizationUrl: 'https://a.test/auth',
    tokenUrl,
    scopes: Object.fromEntries(scopes.map((s) => [s, s])),
  };
  return { type: 'oauth2', flows: { authorizationCode: flow } };
};
const apiKey = { type: 'apiKey', in: 'header', name: 'X-Key' };

function appOf(shape: Shape) {
  const { properties = { name: { type: 'string' } }, required = [], scheme, server = 'https://a.test', type } = shape;
  const schema = { type: 'object', properties, required };
  return defineApp({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: server }],
    ...(scheme && { security: [{ s: [] }], components: { securitySchemes: { s: scheme } } }),
    paths: {
      '/a': {
        post: {
          operationId: shape.operationId ?? 'op',
          requestBody: { content: { 'application/json': { schema } } },
          ...(type && { 'x-gatehouse': { type } }),
        },
      },
    },
  });
}

const changes = (before: Shape, now: Shape) =>
  breakingChanges(appOf(before), appOf(now)).map(({ action, change }) => [action, change]);
const withProperty = (schema: object): Shape => ({ properties: { name: schema } });
const text = { type: 'string' };

describe('it breaks what others rely on when', () => {
  it.each<[string, Shape, Shape, [string | null, string][]]>([
    ['an action goes', {}, { operationId: 'other' }, [['op', 'action_gone']]],
    ['an action reads no longer', { type: 'SEARCH' }, { type: 'WRITE' }, [['op', 'action_type_changed']]],
    ['an input goes', {}, { properties: { title: text } }, [['op', 'input_gone']]],
    ['an input becomes required', {}, { required: ['name'] }, [['op', 'input_required']]],
    [
      'a new input is required',
      {},
      { properties: { name: text, title: text }, required: ['title'] },
      [['op', 'input_required']],
    ],
    ['a type changes', {}, withProperty({ type: 'integer' }), [['op', 'input_type_changed']]],
    [
      'the type of a list changes',
      withProperty({ type: 'array', items: text }),
      withProperty({ type: 'array', items: { type: 'object' } }),
      [['op', 'input_type_changed']],
    ],
    [
      'a value is no longer permitted',
      withProperty({ enum: ['a', 'b'] }),
      withProperty({ enum: ['a', 'c'] }),
      [['op', 'choice_gone']],
    ],
    ['only some values are permitted now', {}, withProperty({ ...text, enum: ['a'] }), [['op', 'choice_gone']]],
    [
      'accounts are connected in another way',
      { scheme: apiKey },
      { scheme: { type: 'http', scheme: 'basic' } },
      [[null, 'security_changed']],
    ],
    [
      'tokens come from elsewhere',
      { scheme: oauth2('https://a.test/t', ['x']) },
      { scheme: oauth2('https://b.test/t', ['x']) },
      [[null, 'token_url_changed']],
    ],
    [
      'more is asked for',
      { scheme: oauth2('https://a.test/t', ['x']) },
      { scheme: oauth2('https://a.test/t', ['x', 'y']) },
      [[null, 'scope_added']],
    ],
    ['requests go to another server', {}, { server: 'https://b.test' }, [[null, 'server_changed']]],
  ])('%s', (_, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
    expect(changes(now, now)).toEqual([]);
  });
});

describe('it breaks nothing when', () => {
  it.each<[string, Shape, Shape]>([
    ['an optional input comes', {}, { properties: { name: text, title: text } }],
    [
      'a required input with a default comes',
      {},
      { properties: { name: text, n: { type: 'integer', default: 5 } }, required: ['n'] },
    ],
    ['an input is required no longer', { required: ['name'] }, {}],
    ['more values are permitted', withProperty({ enum: ['a'] }), withProperty({ enum: ['a', 'b'] })],
    ['every value is permitted', withProperty({ ...text, enum: ['a'] }), {}],
    ['a whole number may be any number', withProperty({ type: 'integer' }), withProperty({ type: 'number' })],
    ['a type is no longer named', {}, withProperty({})],
    [
      'a scope is no longer asked for',
      { scheme: oauth2('https://a.test/t', ['x', 'y']) },
      { scheme: oauth2('https://a.test/t', ['x']) },
    ],
    ['the name of a header with the key changes', { scheme: apiKey }, { scheme: { ...apiKey, name: 'X-Other' } }],
  ])('%s', (_, before, now) => {
    expect(changes(before, now)).toEqual([]);
  });
});

it('says it in a sentence that names the input', () => {
  const [change] = breakingChanges(appOf({}), appOf(withProperty({ type: 'integer' })));
  expect(change?.detail).toBe('The input "name" was STRING and is INTEGER.');
});
