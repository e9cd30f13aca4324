/**
 * Exponential backoff with full jitter over the upper half: between half and all of `first * 2^(attempt - 1)`, at most `max`.
 * @param attempt 1 for the first failure
 */
export function backoffSeconds(
  attempt: number,
  { first, max }: { first: number; max: number },
  random = Math.random,
): number {
  const ceiling = Math.min(max, first * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
