import { toResults } from '#libs/catalog';
import { bodyOf } from '#libs/connections';
import { EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { failed, outcomeUnknown, succeeded, type RunOutcome } from './run-outcome.js';

const MAX_DETAIL_LENGTH = 500;

/** What an answer means for the run. */
export type Verdict =
  | { kind: 'ended'; outcome: RunOutcome }
  /** Accepted, to be read at `location` later. */
  | { kind: 'accepted'; location: string | null; retryAfterSeconds: number | null }
  | { kind: 'unauthorized' };

/** An answer of the app, to the action's request or to a poll. */
export function classify(response: EgressResponse, isSafe: boolean, appTitle: string, now: Date): Verdict {
  const { status, headers } = response;
  const wait = retryAfterSeconds(headers['retry-after'], now);
  // RFC 9110 §15.3.3: 202 says that processing has not been completed; §15.4.4: 303 names where its result is.
  if (status === 202 || status === 303 || (isSafe && status >= 300 && status < 400)) {
    return { kind: 'accepted', location: headers.location ?? null, retryAfterSeconds: wait };
  }
  if (status >= 300 && status < 400) {
    // Any other redirect means that nothing was done yet. Following it with a GET would report a write that never was.
    const detail = `It answered ${status}: the address in its document is out of date. Nothing was carried out.`;
    return { kind: 'ended', outcome: failed('partner', `${appTitle} has moved`, detail) };
  }
  if (status < 300) return { kind: 'ended', outcome: succeeded(toResults(bodyOf(response))) };
  if (status === 401) return { kind: 'unauthorized' };
  return { kind: 'ended', outcome: refusal(response, appTitle, wait) };
}

/** A request without an answer. */
export function classifyFailure(error: EgressError, isSafe: boolean, appTitle: string): RunOutcome {
  if (isSafe || !error.mayHaveArrived) return failed('partner', `${appTitle} could not be reached`, error.message);
  return outcomeUnknown(
    `${error.message} ${appTitle} may have carried the action out: look there before you run it again.`,
  );
}

function refusal(response: EgressResponse, appTitle: string, wait: number | null): RunOutcome {
  const detail = messageIn(bodyOf(response)) ?? `${appTitle} answered ${response.status}.`;
  if (response.status === 429) return failed('throttled', `${appTitle} asks to slow down`, detail, wait ?? 60);
  if (response.status === 403) return failed('authentication', `${appTitle} does not allow this`, detail);
  if (response.status < 500) return failed('user', `${appTitle} refused the inputs`, detail);
  return failed('partner', `${appTitle} failed`, detail);
}

/** The human sentence in an error body of any of the usual shapes (RFC 9457, `message`, `error`, `errors[]`). */
function messageIn(body: unknown): string | null {
  if (typeof body === 'string') return body.trimStart().startsWith('<') ? null : body.slice(0, MAX_DETAIL_LENGTH);
  if (typeof body !== 'object' || body === null) return null;
  const members = body as Record<string, unknown>;
  for (const name of ['detail', 'message', 'error_description', 'title', 'error', 'errors']) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (typeof value === 'string' && value !== '') return value.slice(0, MAX_DETAIL_LENGTH);
    const nested: unknown = Array.isArray(value) ? value[0] : value;
    const found = typeof nested === 'object' || typeof nested === 'string' ? messageIn(nested) : null;
    if (found !== null) return found;
  }
  return null;
}
