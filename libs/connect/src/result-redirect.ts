import type { ConnectResult } from './connect-flow.js';

/** The partner's page with the result in its query (protocol.md §5.3). Null in the popup flow, which has no such page. */
export function resultRedirect(result: ConnectResult): string | null {
  const { attempt, app } = result;
  if (attempt.redirectUri === null) return null;
  const url = new URL(attempt.redirectUri);
  const parameters =
    'failure' in result
      ? { error: result.failure.error, error_description: result.failure.description }
      : {
          authentication_id: result.connectionId,
          service: app.definition.key,
          ...(result.connectCode !== null && { connect_code: result.connectCode }),
        };
  for (const [name, value] of Object.entries({ ...parameters, attempt: attempt.id })) url.searchParams.set(name, value);
  if (attempt.partnerState !== null) url.searchParams.set('state', attempt.partnerState);
  return url.href;
}
