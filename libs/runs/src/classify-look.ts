import { EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { judge, refusal, unreadable, type Asked } from './classify.js';
import { failed, type RunOutcome } from './run-outcome.js';
import { readAnswer } from './run-results.js';

/** Some apps answer before all of their servers know what they have taken on. */
const UNKNOWN_AT_FIRST_SECONDS = 30;
const UNREADABLE_TIMES = 3;

/** What a look says of an action that its app has taken on. */
export type LookVerdict =
  | { kind: 'ended'; outcome: RunOutcome }
  /** Not finished. `location`: where to look from now on, if it names another place. */
  | { kind: 'unfinished'; location: string | null; retryAfter: number | null }
  /** It says nothing of the action. Reading again does no harm: until the deadline a server that is away is waited for. */
  | { kind: 'trouble'; retryAfter: number | null }
  | { kind: 'throttled'; retryAfter: number | null }
  | { kind: 'unauthorized' };

/** What is known of the looks before. */
export interface Looked {
  acceptedAt: Date | null;
  /** Troubles one after the other. */
  faults: number;
}

export function classifyLook(response: EgressResponse | EgressError, asked: Asked, looked: Looked): LookVerdict {
  if (response instanceof EgressError) return unanswered(response, asked);
  const { status, headers } = response;
  const retryAfter = retryAfterSeconds(headers['retry-after'], asked.now);
  if (status === 202 || status === 303) return { kind: 'unfinished', location: headers.location ?? null, retryAfter };
  if (status < 300) return answered(response, asked, looked, retryAfter);
  if (status === 401) return { kind: 'unauthorized' };
  if (status === 429) return { kind: 'throttled', retryAfter };
  if (status >= 500 || status === 408 || status === 425) return { kind: 'trouble', retryAfter };
  if (status === 404 && isEarly(asked.now, looked)) return { kind: 'trouble', retryAfter };
  return { kind: 'ended', outcome: status === 404 ? lost(asked.appTitle) : refusal(response, asked.appTitle, null) };
}

function unanswered(error: EgressError, { appTitle }: Asked): LookVerdict {
  if (error.failure !== 'too_large') return { kind: 'trouble', retryAfter: null };
  const detail = 'Its answer is larger than 1 MiB and is not kept. What the action did there stands.';
  return { kind: 'ended', outcome: failed('partner', `${appTitle} answered too much`, detail) };
}

function answered(response: EgressResponse, asked: Asked, looked: Looked, retryAfter: number | null): LookVerdict {
  const read = readAnswer(response);
  if (read === 'unreadable') {
    if (looked.faults + 1 < UNREADABLE_TIMES) return { kind: 'trouble', retryAfter };
    return { kind: 'ended', outcome: unreadable(asked) };
  }
  const outcome = judge(read.body, asked);
  return outcome ? { kind: 'ended', outcome } : { kind: 'unfinished', location: null, retryAfter };
}

function isEarly(now: Date, { acceptedAt }: Looked): boolean {
  return acceptedAt !== null && now.getTime() - acceptedAt.getTime() <= UNKNOWN_AT_FIRST_SECONDS * 1000;
}

function lost(appTitle: string): RunOutcome {
  return failed('partner', `${appTitle} lost it`, 'It took the action, and now it says that there is no such thing.');
}
