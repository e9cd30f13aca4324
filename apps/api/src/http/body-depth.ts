import { problem, type Problem } from '#libs/errors';
import { isDeeper } from '#libs/json';

/** Of what is read recursively from here on: far more than any body of ours has. */
const MAX_LEVELS = 64;
/** The `data` that a body of the embed wire may stand in is no level of it. Whether it does is not known yet: all may be as much deeper. */
const ENVELOPE = 1;

/** Asked of each JSON body before anything else reads it: a request that is compared with an earlier one is written out again, whole. */
export function depthProblem(body: unknown): Problem | null {
  if (!isDeeper(body, MAX_LEVELS + ENVELOPE)) return null;
  return problem('invalid', `The body is nested deeper than ${MAX_LEVELS} levels. Send a flatter one.`, {
    source: { pointer: '' },
  });
}
