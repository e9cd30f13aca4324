import { describe, expect, it } from 'vitest';
import type { SecurityDefinition } from '#libs/catalog';
import { Problem, Problems } from '#libs/errors';
import { readCredentialFields } from './credential-fields.js';

const apiKey: SecurityDefinition = { kind: 'apiKey', in: 'header', name: 'X-Key', title: 'Key' };
const SECRET = 'canary-secret';

function refusal(security: SecurityDefinition, fields: Record<string, unknown>): (string | undefined)[] {
  try {
    readCredentialFields(security, fields);
  } catch (error) {
    const list = error instanceof Problems ? error.list : [error as Problem];
    expect(JSON.stringify(list.map(({ message, source }) => [message, source]))).not.toContain(SECRET);
    return list.map(({ source }) => source?.pointer);
  }
  return [];
}

describe('authentication_fields', () => {
  it.each([
    [apiKey, { api_key: 'k' }, { kind: 'apiKey', value: 'k' }],
    [{ kind: 'bearer' } as const, { token: 't' }, { kind: 'bearer', token: 't' }],
    [{ kind: 'basic' } as const, { username: 'u', password: 'p:q' }, { kind: 'basic', username: 'u', password: 'p:q' }],
    [{ kind: 'basic' } as const, { username: 'key', password: '' }, { kind: 'basic', username: 'key', password: '' }],
  ])('of $kind are its credentials', (security, fields, credentials) =>
    expect(readCredentialFields(security, fields)).toEqual(credentials),
  );

  it.each<[SecurityDefinition, Record<string, unknown>, string[]]>([
    [apiKey, {}, ['api_key']],
    [apiKey, { api_key: '' }, ['api_key']],
    [apiKey, { api_key: 7 }, ['api_key']],
    [apiKey, { api_key: `${SECRET}\r\nX-Other: 1` }, ['api_key']],
    [apiKey, { api_key: SECRET.repeat(800) }, ['api_key']],
    [apiKey, { api_key: SECRET, token: SECRET }, ['token']],
    [{ kind: 'basic' }, { username: `${SECRET}:x`, password: SECRET }, ['username']],
    [{ kind: 'basic' }, { password: SECRET }, ['username']],
    [{ kind: 'bearer' }, { Token: SECRET }, ['Token', 'token']],
  ])('of %j are not %j', (security, fields, bad) =>
    expect(refusal(security, fields)).toEqual(bad.map((name) => `/data/authentication_fields/${name}`)),
  );

  it('belong to no app that has OAuth, or none at all', () => {
    expect(refusal({ kind: 'none' }, {})).toEqual(['/data/app']);
    expect(refusal({ kind: 'oauth2' } as SecurityDefinition, { token: SECRET })).toEqual(['/data/app']);
  });
});
