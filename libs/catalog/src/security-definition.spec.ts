import { describe, expect, it } from 'vitest';
import { readSecurity } from './security-definition.js';
import type { SecurityDefinition } from './security-definition.js';

const flow = { authorizationUrl: 'https://auth.test/a', tokenUrl: 'https://auth.test/t', scopes: { a: 'A', b: 'B' } };
const oauth = { type: 'oauth2', flows: { authorizationCode: flow } };
const apiKey = { type: 'apiKey', in: 'header', name: 'X-Key', description: 'Your API key' };
const basic = { type: 'http', scheme: 'Basic' };
const bearer = { type: 'http', scheme: 'bearer' };
const openId = { type: 'openIdConnect', openIdConnectUrl: 'https://auth.test' };
const implicit = { type: 'oauth2', flows: { implicit: flow } };

function read(schemes: object, rest: object = {}, extended = {}): SecurityDefinition {
  return readSecurity({ ...rest, components: { securitySchemes: schemes } }, 'https://api.test/v1', extended);
}

describe('the way to connect', () => {
  it('is OAuth with all scopes of the flow unless the app asks for some', () => {
    expect(read({ oauth })).toMatchObject({ kind: 'oauth2', requestedScopes: ['a', 'b'] });
    expect(read({ oauth }, {}, { scopes: ['b'] })).toMatchObject({ requestedScopes: ['b'] });
  });

  it.each<[string, object, SecurityDefinition]>([
    ['an API key', { apiKey }, { kind: 'apiKey', in: 'header', name: 'X-Key', title: 'Your API key' }],
    [
      'an API key with a long description',
      { key: { ...apiKey, description: 'Settings.\nThen API.' } },
      { kind: 'apiKey', in: 'header', name: 'X-Key', title: 'key', description: 'Settings.\nThen API.' },
    ],
    ['http basic', { basic }, { kind: 'basic' }],
    ['http bearer', { bearer }, { kind: 'bearer' }],
    [
      'http bearer with a description',
      { bearer: { ...bearer, description: ' A token ' } },
      { kind: 'bearer', description: 'A token' },
    ],
    ['nothing', {}, { kind: 'none' }],
  ])('is %s', (_, schemes, definition) => {
    expect(read(schemes)).toEqual(definition);
  });

  it('knows the issuer that an OAuth app names', () => {
    expect(read({ oauth }, {}, { issuer: 'https://auth.test/' })).toMatchObject({ issuer: 'https://auth.test/' });
    expect(read({ oauth })).not.toHaveProperty('issuer');
    expect(() => read({ oauth }, {}, { issuer: 5 })).toThrow(/must be a text/);
  });

  it.each<[string, object, object, string]>([
    ['the document requires', { basic, bearer }, { security: [{ bearer: [] }] }, 'bearer'],
    [
      'comes first among those we can speak',
      { openId, bearer },
      { security: [{ openId: [] }, { bearer: [] }] },
      'bearer',
    ],
    ['stands alone', { basic, bearer, apiKey }, { security: [{ basic: [], apiKey: [] }, { bearer: [] }] }, 'bearer'],
    [
      'an operation requires',
      { basic, bearer },
      { paths: { '/a': { get: { security: [{ bearer: [] }] } } } },
      'bearer',
    ],
    [
      'most operations require',
      { basic, bearer },
      { paths: { '/a': { get: by('basic'), put: by('bearer'), post: by('bearer') } } },
      'bearer',
    ],
    ['is declared first when none is required', { basic, bearer }, {}, 'basic'],
    ['has an authorization code flow', { implicit, basic }, {}, 'basic'],
    ['is none, where the document says so', { basic }, { security: [] }, 'none'],
  ])('is the scheme that %s', (_, schemes, rest, kind) => {
    expect(read(schemes, rest).kind).toBe(kind);
  });

  it.each<[string, object, object, RegExp]>([
    ['only a scheme that we cannot speak', { openId }, {}, /None of the security schemes \(openId\)/],
    [
      'an authorization URL of another scheme',
      { oauth: withFlow({ authorizationUrl: 'javascript:1' }) },
      {},
      /not an http/,
    ],
    ['a token URL with a fragment', { oauth: withFlow({ tokenUrl: '/t#x' }) }, {}, /fragment/],
    ['a token URL with a password', { oauth: withFlow({ tokenUrl: 'https://u:p@a.test' }) }, {}, /credentials/],
    ['no token URL', { oauth: withFlow({ tokenUrl: undefined }) }, {}, /needs an authorizationUrl and a tokenUrl/],
    ['a scope with a space', { oauth }, { scopes: ['a b'] }, /not a scope/],
    ['a header that cannot be', { apiKey: { ...apiKey, name: 'X Key\r\n' } }, {}, /cannot be the name/],
  ])('is refused when it has %s', (_, schemes, extended, sentence) => {
    expect(() => read(schemes, {}, extended)).toThrow(sentence);
  });
});

function by(scheme: string): object {
  return { security: [{ [scheme]: [] }] };
}

function withFlow(changes: object): object {
  return { type: 'oauth2', flows: { authorizationCode: { ...flow, ...changes } } };
}
