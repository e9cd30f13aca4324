/**
 * Every error that can leave Gatehouse, by its stable code. A code is part of the contract: it may be added, never renamed.
 * `status` is the HTTP status on `/v1`, `/v2` and `/admin`; the OAuth surface keeps RFC 6749 §5.2's own statuses where they differ.
 */
export const catalogue = {
  // Any surface
  parse_error: { status: 400, title: 'The body could not be read' },
  invalid: { status: 400, title: 'A value is not valid' },
  not_authenticated: { status: 401, title: 'Credentials are missing' },
  authentication_failed: { status: 401, title: 'Credentials were not accepted' },
  permission_denied: { status: 403, title: 'The token lacks a scope' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  not_acceptable: { status: 406, title: 'No acceptable representation' },
  conflict: { status: 409, title: 'It exists already or has changed' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  throttled: { status: 429, title: 'Too many requests' },
  error: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'Not available right now' },

  idempotency_key_in_use: { status: 409, title: 'The first request with this key is not finished' },
  idempotency_key_reused: { status: 422, title: 'The key was used for another request' },

  // OAuth (RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 8707 §2)
  invalid_request: { status: 400, title: 'The request is malformed' },
  invalid_client: { status: 401, title: 'Client authentication failed' },
  invalid_grant: { status: 400, title: 'The grant is not valid' },
  unauthorized_client: { status: 400, title: 'The client may not use this grant' },
  unsupported_grant_type: { status: 400, title: 'The grant type is not supported' },
  invalid_scope: { status: 400, title: 'The scope is not valid' },
  invalid_target: { status: 400, title: 'The resource is not permitted' },
  temporarily_unavailable: { status: 503, title: 'Try again later' },

  // Apps and the third party behind them
  document_invalid: { status: 400, title: 'The OpenAPI document is not usable' },
  app_not_configured: { status: 400, title: 'The app has no OAuth client for this tenant' },
  refresh_in_progress: { status: 503, title: 'The connection is being renewed' },
  test_failed: { status: 400, title: 'The test of the action failed at the app' },
  upstream_unlinked: { status: 400, title: 'The user is not linked with the upstream' },
  third_party_failed: { status: 400, title: 'The connected app answered with an error' },
} as const;

export type ProblemCode = keyof typeof catalogue;
