import { describe, expect, it } from 'vitest';
import { ConnectFailure } from './connect-failure.js';
import { readUpstreamAnswer } from './upstream-answer.js';

const descriptionOf = (answer: Record<string, unknown>): string => {
  try {
    return `it read ${readUpstreamAnswer(answer).id}`;
  } catch (error) {
    if (error instanceof ConnectFailure) return error.description;
    throw error;
  }
};

it.each([
  ['as the documents name it', { authentication_id: '184652031', service: 'SlackCLIAPI' }, '184652031'],
  ['as one client has seen it', { connection_id: 'con_1' }, 'con_1'],
  ['as a popup names it', { type: 'authenticationSuccess', authId: 184652031 }, '184652031'],
  ['plainly', { id: '7' }, '7'],
])('an id is text, named %s', (_, answer, id) => {
  expect(readUpstreamAnswer(answer)).toEqual({ id, confirmation: null });
});

it('a Gatehouse is told who the person is, with both values that it gave and with no fewer', () => {
  const given = { authentication_id: 'a', attempt: 'at', connect_code: 'code' };
  expect(readUpstreamAnswer(given).confirmation).toEqual({ attempt: 'at', connectCode: 'code' });
  expect(readUpstreamAnswer({ ...given, connect_code: '' }).confirmation).toBeNull();
  expect(readUpstreamAnswer({ ...given, attempt: undefined }).confirmation).toBeNull();
});

describe('an answer without an id that can be one', () => {
  it.each([{}, { authentication_id: '' }, { authId: 1.5 }, { id: ['a'] }, { id: 'x'.repeat(256) }])(
    'is none: %j',
    (answer) => {
      expect(descriptionOf(answer)).toBe('OAuth Failed: no_connection');
    },
  );
});

/** protocol.md §5.3 */
it.each([
  ['invalid_request', 'Invalid token', 'OAuth Failed: misconfigured'],
  ['invalid_request', 'Token expired', 'OAuth Failed: session_expired'],
  ['invalid_request', 'Invalid app', 'OAuth Failed: misconfigured'],
  ['access_denied', 'User not found', 'OAuth Failed: misconfigured'],
  ['server_error', 'Session initialization failed', 'OAuth Failed: session_expired'],
  ['server_error', 'An unexpected error occurred', 'OAuth Failed: server_error'],
  ['server_error', 'OAuth Failed: access_denied', 'OAuth Failed: access_denied'],
  ['server_error', 'OAuth Failed: <b>We are</b> sorry', 'OAuth Failed: refused'],
  ['access_denied', '', 'OAuth Failed: access_denied'],
  ['Some <b>text</b>', '', 'OAuth Failed: refused'],
])('the error %s, "%s" is told as "%s", even beside an id', (error, error_description, told) => {
  expect(descriptionOf({ error, error_description, authentication_id: '1' })).toBe(told);
});
