import type { ConnectResult } from './connect-result.js';

/** The partner's page with the result in its query (protocol.md §5.3). Null in the popup flow, which has no such page. */
export function resultRedirect(result: ConnectResult): string | null {
  return result.attempt.redirectUri === null ? null : withResult(result.attempt.redirectUri, result);
}

/** Where the result of a popup goes when its opener is out of reach. Null when the link named no such page. */
export function fallbackRedirect(result: ConnectResult): string | null {
  return result.attempt.fallbackUri === null ? null : withResult(result.attempt.fallbackUri, result);
}

function withResult(page: string, result: ConnectResult): string {
  const { attempt } = result;
  const url = new URL(page);
  const parameters =
    'failure' in result
      ? { error: result.failure.error, error_description: result.failure.description }
      : {
          authentication_id: result.connectionId,
          service: result.app.definition.key,
          ...(result.connectCode !== null && { connect_code: result.connectCode }),
        };
  for (const [name, value] of Object.entries({ ...parameters, attempt: attempt.id })) url.searchParams.set(name, value);
  if (attempt.partnerState !== null) url.searchParams.set('state', attempt.partnerState);
  return url.href;
}
