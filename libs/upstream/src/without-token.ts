import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';

/** That we get no token is no fault of who asked for something: what they asked for was not even sent. */
export function withoutToken({ title }: Upstream, error: unknown): unknown {
  if (!(error instanceof UpstreamError) || ['throttled', 'paused', 'unlinked'].includes(error.kind)) return error;
  const { status, problems, at, kind } = error;
  const message = error.hasCode('invalid_client')
    ? `${title} does not accept the client's id and secret.`
    : `${title} gave no token. ${error.message}`;
  const isAway = kind === 'unreachable' ? kind : 'unavailable';
  return new UpstreamError(isAway, message, { status, problems, at, cause: error });
}
