import type { ConnectAttempt } from './connect-attempt.entity.js';

/**
 * Where the result may be posted: to the origin that the session is for, while the tenant has it registered. Where none is known, to the
 * tenant's registered ones: the browser delivers only to the one that the opener is of.
 */
export function openerOrigins(
  { origin }: Pick<ConnectAttempt, 'origin'>,
  { origins }: { origins: readonly string[] },
): readonly string[] {
  return origin !== null && origins.includes(origin) ? [origin] : origins;
}
