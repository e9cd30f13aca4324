import type { UpstreamError } from '#libs/upstream';
import { failures, type ConnectFailure } from './connect-failure.js';

/** What a person and a partner are told when an upstream can't be asked. */
export function upstreamFailure({ kind }: UpstreamError): ConnectFailure {
  switch (kind) {
    case 'unlinked':
      return failures.oauth('account_required');
    case 'refused':
      return failures.misconfigured();
    case 'unreachable':
      return failures.oauth('unreachable');
    case 'lost':
      return failures.oauth('timeout');
    default:
      return failures.oauth('temporarily_unavailable');
  }
}
