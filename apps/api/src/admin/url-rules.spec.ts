import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { IsOrigin, IsPageUrl, IsRedirectUri } from './url-rules.js';

class Urls {
  @IsRedirectUri()
  redirectUri = 'https://app.example/cb';

  @IsPageUrl()
  page = 'https://app.example/login';

  @IsOrigin()
  origin = 'https://app.example';
}

const accepts = (changes: Partial<Record<keyof Urls, unknown>>) =>
  validateSync(Object.assign(new Urls(), changes)).length === 0;

/** None of them can stand in a header, or leads where it seems to. */
const NOWHERE = [
  'https://app.example/zurück',
  'https://bücher.example/cb',
  'https://app.example/c\nb',
  'https://app.example/c b',
  ' https://app.example/cb',
  'https://app.example/cb\t',
  'https://app.example/cb\u0000',
  'https://user@app.example/cb',
  'https://:password@app.example/cb',
  'javascript:alert(1)',
  'data:text/html,x',
  'com.example.app:/cb',
  '//app.example/cb',
  '/cb',
  '',
  null,
  1,
];

describe('a redirect URI', () => {
  it.each([
    'https://app.example',
    'https://app.example/cb?a=b%20c',
    'http://localhost:3001/connected',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:49152/cb',
    'http://[::1]:8080/cb',
  ])('may be %s', (redirectUri) => {
    expect(accepts({ redirectUri })).toBe(true);
  });

  it.each([
    ...NOWHERE,
    'http://app.example/cb',
    'http://localhost.app.example/cb',
    'http://127.0.0.1.app.example/cb',
    'http://192.168.0.1/cb',
    'https://app.example/cb#',
  ])('is not %j', (redirectUri) => {
    expect(accepts({ redirectUri })).toBe(false);
  });
});

describe('a login page', () => {
  it.each(['https://app.example/login?a=b', 'http://app.internal/login'])('may be %s', (page) => {
    expect(accepts({ page })).toBe(true);
  });

  it.each([...NOWHERE, 'https://app.example/#login'])('is not %j', (page) => {
    expect(accepts({ page })).toBe(false);
  });
});

it.each([...NOWHERE, 'https://app.example/', 'https://app.example:443', 'HTTPS://app.example'])(
  'an origin is not %j',
  (origin) => {
    expect(accepts({ origin })).toBe(false);
  },
);
