import { describe, expect, it } from 'vitest';
import { DocumentError } from './document-error.js';
import { readOperations } from './operations.js';
import { appServerUrl } from './server-url.js';

describe('a server', () => {
  it.each<[object, string]>([
    [{ url: 'https://a.test' }, 'https://a.test'],
    [{ url: 'http://A.test:8080/v1//' }, 'http://a.test:8080/v1'],
    [
      { url: 'https://{r}.a.test/{v}', variables: { r: { default: 'eu' }, v: { default: 'v2' } } },
      'https://eu.a.test/v2',
    ],
  ])('%j begins every request', (server, url) => {
    expect(appServerUrl({ servers: [server] })).toBe(url);
  });

  it.each<[string, unknown, RegExp]>([
    ['missing', undefined, /no "servers"/],
    ['no object', ['https://a.test'], /no "servers"/],
    ['relative', [{ url: '/v1' }], /not an absolute URL/],
    ['no http', [{ url: 'ftp://a.test' }], /not an http/],
    ['a script', [{ url: 'javascript:alert(1)' }], /not an http/],
    ['with a password', [{ url: 'https://u:p@a.test' }], /credentials/],
    ['with a query', [{ url: 'https://a.test/?x=1' }], /query/],
    ['with an empty fragment', [{ url: 'https://a.test/#' }], /fragment/],
    ['with an unknown variable', [{ url: 'https://{x}.test' }], /\{x\}/],
    ['with an inherited variable', [{ url: 'https://{constructor}.test' }], /\{constructor\}/],
  ])('is refused when it is %s', (_, servers, sentence) => {
    expect(() => appServerUrl({ servers })).toThrow(sentence);
    expect(() => appServerUrl({ servers })).toThrow(DocumentError);
  });

  it('of an operation comes before that of its path and of the app', () => {
    const own = { get: { servers: [{ url: 'https://op.test/' }] }, put: {}, servers: [{ url: '/p' }] };
    const paths = { '/a': own, '/b': { get: {} } };
    const { operations } = readOperations({ openapi: '3.1.0', paths }, 'https://a.test/v1', []);
    const urls = Object.values(operations).map(({ serverUrl }) => serverUrl);
    expect(urls).toEqual(['https://op.test', 'https://a.test/p', 'https://a.test/v1']);
  });
});
