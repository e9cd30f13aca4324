import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { AuthorizationError } from './authorization-error.js';
import { AuthorizationResponses } from './authorization-responses.js';

const responses = new AuthorizationResponses({ publicUrl: 'https://gate.example' } as Config);
const to = { redirectUri: 'https://app.example/callback', state: 'a&b=c d' };

beforeAll(() => Logger.overrideLogger(false));

describe('an answer at the redirect URI', () => {
  it('names its issuer and echoes the state', () => {
    const { searchParams } = new URL(responses.success(to, { code: 'c&1' }, 'query'));
    expect(Object.fromEntries(searchParams)).toEqual({ code: 'c&1', state: 'a&b=c d', iss: 'https://gate.example' });
  });

  it.each([
    ['https://app.example', 'https://app.example?code='],
    ['https://app.example/%7e?a=%20b', 'https://app.example/%7e?a=%20b&code='],
    ['https://app.example/?', 'https://app.example/?code='],
    ['https://app.example/?a=1&', 'https://app.example/?a=1&code='],
  ])('leaves %s as it was registered', (redirectUri, start) => {
    expect(responses.success({ redirectUri, state: null }, { code: 'c' }, 'query')).toBe(
      `${start}c&iss=https%3A%2F%2Fgate.example`,
    );
  });

  it('holds a token in its fragment, behind the query', () => {
    const url = new URL(
      responses.success({ ...to, redirectUri: `${to.redirectUri}?a=1` }, { access_token: 't' }, 'fragment'),
    );
    expect(url.search).toBe('?a=1');
    expect(Object.fromEntries(new URLSearchParams(url.hash.slice(1)))).toMatchObject({
      access_token: 't',
      state: to.state,
    });
  });

  it.each([
    [new AuthorizationError('access_denied', 'No.'), 'access_denied', 'No.'],
    [problem('invalid_scope', 'Not "this".'), 'invalid_scope', "Not 'this'."],
    [problem('invalid_request', 'Später.'), 'invalid_request', "Sp'ter."],
  ])('says what went wrong in characters that the RFC allows', (error, code, description) => {
    const { searchParams } = new URL(responses.failure(to, error));
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: code,
      error_description: description,
      state: to.state,
    });
  });

  it.each([new Error('the password is x'), problem('not_found', 'the password is x'), 'the password is x'])(
    'says nothing of what we did not foresee',
    (error) => {
      const url = responses.failure(to, error);
      expect(new URL(url).searchParams.get('error')).toBe('server_error');
      expect(url).not.toContain('password');
    },
  );
});
