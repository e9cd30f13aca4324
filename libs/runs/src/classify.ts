import { meets, type PollDefinition } from '#libs/catalog';
import { EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { messageIn } from './message-in.js';
import { failed, outcomeUnknown, succeeded, type RunOutcome } from './run-outcome.js';
import { readAnswer, readResults } from './run-results.js';

/** What an answer means for the run. */
export type Verdict =
  | { kind: 'ended'; outcome: RunOutcome }
  /** Nothing was done, nor would be if it were sent again. It says nothing of one that was sent before. */
  | { kind: 'unsent'; outcome: RunOutcome }
  /** The app goes on by itself; what became of it is to be seen at `location` or with the operation that the document names. */
  | { kind: 'accepted'; location: string | null; answer: unknown; retryAfter: number | null }
  /** Nothing was done. */
  | { kind: 'unauthorized' }
  /** Nothing was done, and nothing may be asked before. `outcome`: when the run has no time for that. */
  | { kind: 'throttled'; retryAfter: number | null; outcome: RunOutcome }
  /** It may pass. `outcome`: when it does not, or may not be tried again. `isLost`: it may have been carried out all the same. */
  | Trouble;

export interface Trouble {
  kind: 'trouble';
  outcome: RunOutcome;
  mayRepeat: boolean;
  isLost: boolean;
  retryAfter: number | null;
}

/** Of the request that was answered. */
export interface Asked {
  appTitle: string;
  /** It has no effect that could happen twice. */
  isSafe: boolean;
  /** Safe, or sent with a key by which the app knows it again. */
  mayRepeat: boolean;
  /** An earlier one of the same key may have arrived. */
  isRepeated: boolean;
  poll: PollDefinition | null;
  now: Date;
}

const THROTTLED_SECONDS = 60;
/** A gateway's: what is behind it may have carried the request out. */
const GATEWAY = new Set([502, 504]);
const STANDS = 'What the action did there stands.';
const PASSING = new Set([408, 425]);

/** An answer to the action's request. */
export function classify(response: EgressResponse, asked: Asked): Verdict {
  const { status, headers } = response;
  const retryAfter = retryAfterSeconds(headers['retry-after'], asked.now);
  // RFC 9110 §15.3.3: 202 says that processing has not been completed; §15.4.4: 303 names where its result is.
  if (status === 202 || status === 303) {
    const read = readAnswer(response);
    return {
      kind: 'accepted',
      location: headers.location ?? null,
      answer: read === 'unreadable' ? null : read.body,
      retryAfter,
    };
  }
  if (status < 300) return success(response, asked, retryAfter);
  if (status === 401) return { kind: 'unauthorized' };
  if (status === 429) return { kind: 'throttled', retryAfter, outcome: refusal(response, asked.appTitle, retryAfter) };
  const outcome = refusal(response, asked.appTitle, null);
  if (status < 400) return { kind: 'unsent', outcome };
  // The earlier request of the same key is still being carried out.
  const isUnderWay = status === 409 && asked.isRepeated;
  if (status < 500 && !PASSING.has(status) && !isUnderWay) return { kind: 'ended', outcome };
  if (!GATEWAY.has(status) && !isUnderWay) return { ...trouble(outcome, asked, retryAfter), isLost: false };
  return trouble(asked.isSafe ? outcome : unknown(asked.appTitle, `It answered ${status}.`), asked, retryAfter);
}

/** A request without an answer. */
export function classifyFailure(error: EgressError, asked: Asked): Verdict {
  const title = `${asked.appTitle} could not be reached`;
  const outcome = failed('partner', title, error.message);
  if (error.failure === 'too_large')
    return { kind: 'ended', outcome: tooMuch(asked.appTitle, 'Its answer is larger than 1 MiB and is not kept.') };
  if (error.failure === 'unreachable') {
    return { kind: 'trouble', outcome, mayRepeat: true, isLost: false, retryAfter: null };
  }
  if (!error.mayHaveArrived) return { kind: 'unsent', outcome };
  return trouble(asked.isSafe ? outcome : unknown(asked.appTitle, error.message), asked, null);
}

/** What the body of an answer says of the action. Null: it is not finished. */
export function judge(body: unknown, { appTitle, poll }: Pick<Asked, 'appTitle' | 'poll'>): RunOutcome | null {
  if (poll?.fails && meets(body, poll.fails)) {
    return failed('partner', `${appTitle} could not do it`, messageIn(body) ?? 'It answered that the action failed.');
  }
  if (poll?.until && !meets(body, poll.until)) return null;
  const results = readResults(body);
  return typeof results === 'string' ? tooMuch(appTitle, results) : succeeded(results);
}

/** An answer that refuses, in the app's own words where there are any. */
export function refusal(response: EgressResponse, appTitle: string, retryAfter: number | null): RunOutcome {
  const { status } = response;
  if (status >= 300 && status < 400) {
    // Any other redirect means that nothing was done yet. Following it with a GET would report a write that never was.
    const moved = `It answered ${status}: the address in its document is out of date. The request was not carried out.`;
    return failed('partner', `${appTitle} has moved`, moved);
  }
  const read = readAnswer(response);
  const detail = (read === 'unreadable' ? null : messageIn(read.body)) ?? `${appTitle} answered ${status}.`;
  if (status === 429)
    return failed('throttled', `${appTitle} asks to slow down`, detail, retryAfter ?? THROTTLED_SECONDS);
  if (status === 403) return failed('authentication', `${appTitle} does not allow this`, detail);
  if (status < 500 && !PASSING.has(status)) return failed('user', `${appTitle} refused the inputs`, detail);
  return failed('partner', `${appTitle} failed`, detail);
}

export function unreadable({ appTitle, isSafe }: Pick<Asked, 'appTitle' | 'isSafe'>): RunOutcome {
  const why = 'It answered something that it calls JSON and that is none, or that is nested deeper than 500 levels.';
  return failed('partner', `${appTitle} gave no proper answer`, isSafe ? why : `${why} ${STANDS}`);
}

function success(response: EgressResponse, asked: Asked, retryAfter: number | null): Verdict {
  const read = readAnswer(response);
  if (read === 'unreadable') {
    const outcome = unreadable(asked);
    // A write that was answered has happened: only its answer is lost.
    return asked.isSafe ? trouble(outcome, asked, retryAfter) : { kind: 'ended', outcome };
  }
  const outcome = judge(read.body, asked);
  const isLookedFor = asked.poll !== null && asked.poll.operationId !== null && asked.poll.until === null;
  if (outcome && !(isLookedFor && outcome.state === 'succeeded')) return { kind: 'ended', outcome };
  return { kind: 'accepted', location: response.headers.location ?? null, answer: read.body, retryAfter };
}

function trouble(outcome: RunOutcome, { mayRepeat }: Asked, retryAfter: number | null): Trouble {
  return { kind: 'trouble', outcome, mayRepeat, isLost: true, retryAfter };
}

function unknown(appTitle: string, why: string): RunOutcome {
  return outcomeUnknown(`${why} ${appTitle} may have carried the action out: look there before you run it again.`);
}

function tooMuch(appTitle: string, why: string): RunOutcome {
  return failed('partner', `${appTitle} answered too much`, `${why} ${STANDS}`);
}
