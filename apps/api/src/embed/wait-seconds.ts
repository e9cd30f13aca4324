import { problem } from '#libs/errors';
import { optionalParameter } from '../http/query.js';

const MAX_WAIT_SECONDS = 30;

/** @returns 0 when the answer is not to wait. @throws Problem when `wait` is no whole number from 0 to 30 */
export function waitSeconds(query: Record<string, unknown>): number {
  const text = optionalParameter(query, 'wait');
  if (text === undefined) return 0;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= MAX_WAIT_SECONDS) return seconds;
  throw problem('invalid', `wait is a whole number of seconds, ${MAX_WAIT_SECONDS} at most.`, {
    source: { parameter: 'wait' },
  });
}
