/** RFC 6749 §4.1.2.1 and §4.2.2.1. */
export type AuthorizationErrorCode =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'server_error';

/** For the client, at its redirect URI. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError';

  constructor(
    readonly code: AuthorizationErrorCode,
    description: string,
  ) {
    super(description);
  }
}

/** For the person at the browser, who can be sent nowhere (RFC 6749 §4.1.2.1: "MUST NOT automatically redirect"). */
export class AuthorizationFailure extends Error {
  override readonly name = 'AuthorizationFailure';

  constructor(
    /** For the person: what happened and what to do. */
    readonly advice: string,
    /** For the developer who sent the person here. */
    description: string,
    readonly privateDetail?: string,
  ) {
    super(description);
  }
}

const MISTAKEN_LINK = 'The link that brought you here is not right. Tell the product that sent you here.';
const START_AGAIN = 'Go back to where you came from and start again.';

export const authorizationFailures = {
  malformed: (description: string) => new AuthorizationFailure(MISTAKEN_LINK, description),
  unknownClient: () => new AuthorizationFailure(MISTAKEN_LINK, 'There is no such client_id, or it is disabled.'),
  noRedirectUri: () =>
    new AuthorizationFailure(MISTAKEN_LINK, 'Give redirect_uri: the client has not exactly one registered.'),
  unregisteredRedirectUri: () =>
    new AuthorizationFailure(MISTAKEN_LINK, 'This redirect_uri is not registered for the client, letter for letter.'),
  ended: () =>
    new AuthorizationFailure(
      `This was answered before or has expired. ${START_AGAIN}`,
      'No such request is under way.',
    ),
  otherBrowser: () =>
    new AuthorizationFailure(
      `This was begun in another browser, or yours keeps no cookies. ${START_AGAIN}`,
      'The cookie of this request is missing or another.',
    ),
  refusedAssertion: (sentence: string, privateDetail: string) =>
    new AuthorizationFailure(
      `The sign-in could not be verified. ${START_AGAIN}`,
      `The assertion was refused: ${sentence}, or its nonce is not the login_challenge.`,
      privateDetail,
    ),
  forgedForm: () =>
    new AuthorizationFailure(
      `Your answer could not be taken. ${START_AGAIN}`,
      'The form was not ours, or was changed.',
    ),
};
