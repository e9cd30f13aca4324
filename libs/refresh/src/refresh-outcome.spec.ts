import { describe, expect, it } from 'vitest';
import type { RefreshDefinition } from '#libs/catalog';
import type { Oauth2Credentials } from '#libs/connections';
import { EgressError, type EgressFailure } from '#libs/egress';
import { readRefreshAnswer, readRefreshFailure, type RefreshOutcome } from './refresh-outcome.js';

const askedAt = new Date('2026-03-01T12:00:00Z');
const spent: Oauth2Credentials = {
  kind: 'oauth2',
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  scopes: ['things'],
  expiresAt: null,
  obtainedAt: '2026-03-01T11:00:00.000Z',
};

function read(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  refresh?: RefreshDefinition,
): RefreshOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readRefreshAnswer({ status, headers, body: Buffer.from(text) }, spent, askedAt, refresh);
}

const retry = { kind: 'retry', isUnknown: false, retryAfterSeconds: null };
/** The server may have spent the token before something went wrong. */
const unknown = { ...retry, isUnknown: true };
const reconnect = { kind: 'reconnect' };
const client = { kind: 'client' };
const refreshed = { kind: 'refreshed' };
const token = { access_token: 'access-2', token_type: 'Bearer' };
const page = '<!doctype html><title>Sorry</title>';
const retryAfter = (value: string) => ({ 'retry-after': value });

describe("a token endpoint's answer", () => {
  it.each<[string, number, unknown, Record<string, string>, object]>([
    ['a token', 200, token, {}, refreshed],
    ['a token with 201', 201, token, {}, refreshed],
    ['a token and an error of null', 200, { ...token, error: null }, {}, refreshed],
    ['a token and an empty error', 200, { ...token, error: '' }, {}, refreshed],
    ['a token and an error of false', 200, { ...token, error: false }, {}, refreshed],
    ['a token and "ok" (Slack)', 200, { ...token, ok: true }, {}, refreshed],
    ['429', 429, '', {}, retry],
    ['429, try again in 7 s', 429, '', retryAfter('7'), { ...retry, retryAfterSeconds: 7 }],
    ['429, at a date', 429, '', retryAfter('Sun, 01 Mar 2026 12:02:05 GMT'), { ...retry, retryAfterSeconds: 125 }],
    [
      '429, at a date that is over',
      429,
      '',
      retryAfter('Sun, 01 Mar 2026 11:00:00 GMT'),
      { ...retry, retryAfterSeconds: 1 },
    ],
    ['429, in 0 s', 429, '', retryAfter('0'), { ...retry, retryAfterSeconds: 1 }],
    ['429, in a thousand years', 429, '', retryAfter('31557600000'), { ...retry, retryAfterSeconds: 3600 }],
    ['429, in more seconds than a number holds', 429, '', retryAfter('9'.repeat(400)), retry],
    ['429, whenever', 429, '', retryAfter('soon'), retry],
    ['429, which calls the grant invalid', 429, { error: 'invalid_grant' }, {}, retry],
    ['500', 500, '', {}, retry],
    ['500 with a page', 500, page, {}, retry],
    ['500, which calls the grant invalid', 500, { error: 'invalid_grant' }, {}, retry],
    ['500, which calls the client invalid', 500, { error: 'invalid_client' }, {}, retry],
    ['501', 501, '', {}, retry],
    ['502, whose server may have answered the gateway', 502, page, {}, unknown],
    ['503', 503, { error: 'temporarily_unavailable' }, {}, retry],
    ['503, try again in 2 min', 503, page, retryAfter('120'), { ...retry, retryAfterSeconds: 120 }],
    ['504, whose server may yet have answered', 504, '', retryAfter('30'), { ...unknown, retryAfterSeconds: 30 }],
    ['520 of a gateway', 520, page, {}, retry],
    ['200 with a page', 200, page, {}, unknown],
    ['200 with nothing', 200, '', {}, unknown],
    ['204', 204, '', {}, unknown],
    ['200 with a list', 200, [token], {}, unknown],
    ['200 with null', 200, 'null', {}, unknown],
    ['200 with a number', 200, '7', {}, unknown],
    ['200 with an object that is cut short', 200, '{"access_token":"access-2"', {}, unknown],
    ['200 with a token that is no text', 200, { access_token: 7 }, {}, unknown],
    ['200 with an empty token', 200, { access_token: '' }, {}, unknown],
    ['200 with GitHub’s refusal of the token', 200, { error: 'bad_refresh_token' }, {}, reconnect],
    ['200 with GitHub’s refusal of the client', 200, { error: 'incorrect_client_credentials' }, {}, client],
    ['200 with Slack’s refusal of the token', 200, { ok: false, error: 'invalid_refresh_token' }, {}, reconnect],
    ['200 with Slack’s revoked token', 200, { ok: false, error: 'token_revoked' }, {}, reconnect],
    ['200 with Slack’s refusal of the client', 200, { ok: false, error: 'bad_client_secret' }, {}, client],
    ['200 with Slack’s rate limit', 200, { ok: false, error: 'ratelimited' }, {}, retry],
    ['200, not ok, without a word', 200, { ok: false, ...token }, {}, retry],
    ['200 with an error beside a token', 200, { ...token, error: 'server_error' }, {}, retry],
    ['400 without a code', 400, {}, {}, retry],
    ['400 with a page', 400, page, {}, retry],
    ['400 with a code of nobody', 400, { error: 'went_fishing' }, {}, retry],
    ['400 invalid_request (a race, at some)', 400, { error: 'invalid_request' }, {}, retry],
    ['400 invalid_grant', 400, { error: 'invalid_grant', error_description: 'expired' }, {}, reconnect],
    ['400 invalid_client', 400, { error: 'invalid_client' }, {}, client],
    ['400 unauthorized_client', 400, { error: 'unauthorized_client' }, {}, client],
    ['400 unsupported_grant_type', 400, { error: 'unsupported_grant_type' }, {}, retry],
    ['400 invalid_scope', 400, { error: 'invalid_scope' }, {}, retry],
    ['400 interaction_required', 400, { error: 'interaction_required' }, {}, reconnect],
    ['400 with the name of a member of objects', 400, { error: 'constructor' }, {}, retry],
    ['401', 401, '', {}, reconnect],
    ['401 invalid_client', 401, { error: 'invalid_client' }, {}, client],
    ['401 invalid_grant', 401, { error: 'invalid_grant' }, {}, reconnect],
    ['403', 403, '', {}, retry],
    ['403 invalid_grant', 403, { error: 'invalid_grant' }, {}, reconnect],
    ['404', 404, page, {}, retry],
    ['408', 408, '', {}, retry],
    ['409', 409, { error: 'invalid_grant' }, {}, retry],
    ['423', 423, '', {}, retry],
    ['425', 425, '', {}, retry],
    ['301', 301, '', { location: 'https://elsewhere.example/token' }, retry],
    ['302 with a token', 302, token, { location: '/elsewhere' }, retry],
    ['307', 307, '', {}, retry],
  ])('%s (%i)', (_, status, body, headers, expected) => {
    expect(read(status, body, headers)).toMatchObject(expected);
  });

  it.each<[string, unknown]>([
    ['an object', { code: 'invalid_grant', hint: 'canary' }],
    ['a list', ['canary']],
    ['a number', 7],
    ['very long', 'canary'.repeat(1000)],
    ['of several lines', 'canary\ninvalid_grant'],
    ['with control characters', 'canary\u001b[2J'],
    ['with spaces', 'canary is a sentence'],
  ])('whose error is %s is tried again, and none of it quoted', (_, error) => {
    const outcome = read(400, { error });
    expect(outcome).toMatchObject(retry);
    expect(outcome).toHaveProperty('reason', expect.stringContaining('400 (unreadable_error)'));
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  it('is quoted with its status and its code alone', () => {
    const outcome = read(400, { error: 'invalid_grant', error_description: 'canary' });
    expect(outcome).toHaveProperty('reason', expect.stringContaining('answered 400 (invalid_grant).'));
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });
});

describe("what the app's document says of its codes", () => {
  const errors = {
    invalid_grant: 'retry',
    odd_one: 'reconnect',
    key_gone: 'client',
    server_error: 'reconnect',
  } as const;
  it.each<[number, string, object]>([
    [400, 'invalid_grant', retry],
    [401, 'invalid_grant', retry],
    [400, 'odd_one', reconnect],
    [500, 'odd_one', reconnect],
    [200, 'odd_one', reconnect],
    [403, 'key_gone', client],
    [500, 'server_error', reconnect],
    [400, 'invalid_client', client],
    [400, 'toString', retry],
  ])('goes before everything else: %i %s', (status, error, expected) => {
    expect(read(status, { error }, {}, { errors })).toMatchObject(expected);
  });
});

describe('no answer', () => {
  it.each<[EgressFailure, boolean]>([
    ['blocked', false],
    ['unreachable', false],
    ['untrusted', false],
    ['timeout', true],
    ['interrupted', true],
    ['too_large', true],
  ])('because of %s: whether the token may be spent is unknown: %s', (failure, isUnknown) => {
    expect(readRefreshFailure(new EgressError(failure))).toMatchObject({ ...retry, isUnknown });
  });
});

describe('a refusal of the grant', () => {
  it.each<[number, object, boolean]>([
    [401, {}, true],
    [400, { error: 'invalid_grant' }, false],
    [401, { error: 'invalid_grant' }, false],
  ])('by %i %j: whether it gives no reason is %s', (status, body, isBare) => {
    expect(read(status, body)).toMatchObject({ kind: 'reconnect', isBare });
  });
});
