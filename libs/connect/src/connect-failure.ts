/** How Connect can fail, in the words of the wire (protocol.md §5.3). */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';

  constructor(
    readonly error: 'invalid_request' | 'access_denied' | 'server_error',
    /** `error_description`, exactly as the wire has it. */
    readonly description: string,
    /** For the person at the browser: what happened and what to do. */
    readonly advice: string,
  ) {
    super(description);
  }
}

const START_AGAIN = 'Close this window and press Connect again.';

export const failures = {
  invalidToken: () =>
    new ConnectFailure(
      'invalid_request',
      'Invalid token',
      `This link was used before or is not complete. ${START_AGAIN}`,
    ),
  tokenExpired: () => new ConnectFailure('invalid_request', 'Token expired', `This link has expired. ${START_AGAIN}`),
  invalidApp: () =>
    new ConnectFailure('invalid_request', 'Invalid app', `This app is not available here. ${START_AGAIN}`),
  invalidRedirect: () =>
    new ConnectFailure(
      'invalid_request',
      'Invalid redirect_uri',
      'The page to return to is not registered. Tell the product that sent you here.',
    ),
  invalidReconnect: () =>
    new ConnectFailure(
      'invalid_request',
      'Invalid reconnect_id',
      `The connection to renew was not found. ${START_AGAIN}`,
    ),
  otherBrowser: () =>
    new ConnectFailure(
      'server_error',
      'Session initialization failed',
      `This was begun in another browser or has expired. ${START_AGAIN}`,
    ),
  misconfigured: () =>
    new ConnectFailure(
      'server_error',
      'Session initialization failed',
      'This app is not set up correctly. Tell the product that sent you here.',
    ),
  otherAccount: () =>
    new ConnectFailure(
      'server_error',
      'OAuth Failed: account_mismatch',
      `You signed in to another account than the one to renew. ${START_AGAIN}`,
    ),
  oauth: (detail: string) =>
    new ConnectFailure('server_error', `OAuth Failed: ${detail}`, `The app could not be connected. ${START_AGAIN}`),
  unexpected: () =>
    new ConnectFailure('server_error', 'An unexpected error occurred', `Something failed on our side. ${START_AGAIN}`),
  notFound: () =>
    new ConnectFailure('invalid_request', 'Invalid link', `There is nothing at this address. ${START_AGAIN}`),
  declined: () =>
    new ConnectFailure('server_error', 'OAuth Failed: access_denied', `You did not allow the access. ${START_AGAIN}`),
};
