import { describe, expect, it } from 'vitest';
import type { SecurityDefinition } from '#libs/catalog';
import { fieldsOf, readCredentials, readTyped } from './credential-fields.js';

const schemes = {
  header: { kind: 'apiKey', in: 'header', name: 'X-Key', title: 'Your key' },
  query: { kind: 'apiKey', in: 'query', name: 'key', title: 'Your key' },
  basic: { kind: 'basic' },
  bearer: { kind: 'bearer' },
  none: { kind: 'none' },
} as const satisfies Record<string, SecurityDefinition>;

const read = (scheme: SecurityDefinition, body: unknown) => readCredentials(scheme, readTyped(scheme, body));

describe('a form', () => {
  it.each<[SecurityDefinition, string[]]>([
    [schemes.header, ['api_key']],
    [schemes.basic, ['username', 'password']],
    [schemes.bearer, ['token']],
    [schemes.none, []],
  ])('for %j has the fields %j', (scheme, names) => {
    expect(fieldsOf(scheme).map(({ name }) => name)).toEqual(names);
  });

  it('tells the browser what each field is', () => {
    const hints = Object.values(schemes).flatMap((scheme) => fieldsOf(scheme).map((field) => field.autocomplete));
    expect(hints).toEqual(['off', 'off', 'username', 'current-password', 'off']);
  });
});

describe('what was typed', () => {
  it.each<[SecurityDefinition, object, object]>([
    [schemes.header, { api_key: ' k ' }, { kind: 'apiKey', value: 'k' }],
    [schemes.header, { api_key: 'Token k' }, { kind: 'apiKey', value: 'Token k' }],
    [schemes.query, { api_key: 'schlüssel' }, { kind: 'apiKey', value: 'schlüssel' }],
    [schemes.bearer, { token: 'bearer  t' }, { kind: 'bearer', token: 't' }],
    [schemes.basic, { username: ' a ', password: ' b ' }, { kind: 'basic', username: 'a', password: ' b ' }],
    [schemes.basic, { username: 'key', password: '' }, { kind: 'basic', username: 'key', password: '' }],
    [schemes.none, {}, { kind: 'none' }],
  ])('%j: %j becomes credentials', (scheme, body, credentials) => {
    expect(read(scheme, body)).toEqual({ credentials });
  });

  it.each<[SecurityDefinition, unknown, string]>([
    [schemes.header, { api_key: 'schlüssel' }, 'api_key'],
    [schemes.header, { api_key: ['a', 'b'] }, 'api_key'],
    [schemes.query, { api_key: 'a\u0000b' }, 'api_key'],
    [schemes.query, { api_key: 'a\ud800b' }, 'api_key'],
    [schemes.bearer, { token: 'a b' }, 'token'],
    [schemes.bearer, null, 'token'],
    [schemes.bearer, Object.create({ token: 'inherited' }), 'token'],
    [schemes.basic, { username: '', password: 'b' }, 'username'],
    [schemes.basic, { username: 'a', password: 'b\n' }, 'password'],
    [schemes.basic, { username: 'a'.repeat(321), password: 'b' }, 'username'],
  ])('%j: %j is refused at its field', (scheme, body, name) => {
    expect(read(scheme, body)).toEqual({ problems: { [name]: expect.stringMatching(/\.( Copy it again\.)?$/) } });
  });
});
