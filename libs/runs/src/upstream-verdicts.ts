import type { UpstreamError } from '#libs/upstream';
import { failed, type RunOutcome } from './run-outcome.js';
import { refusedThere, tooMuch, unknownThere, unlinked, unreached } from './upstream-outcomes.js';
import type { UpstreamWork } from './upstream-work.js';

/** What a request to an upstream that came to nothing means for its run. */
export type UpstreamVerdict =
  /** Nothing was done: there is no place for it among the calls that the upstream allows, before then. */
  | { kind: 'throttled'; at: Date | null }
  /** It may pass. `outcome`: when it does not. `isLost`: it may have been carried out all the same. */
  | { kind: 'trouble'; outcome: RunOutcome; isLost: boolean; at: Date | null }
  /** What it says of this request is final; of an earlier one it says nothing. */
  | { kind: 'ended'; outcome: RunOutcome };

/** Of the request that was answered. */
export interface UpstreamAsked {
  appTitle: string;
  upstreamTitle: string;
  isSafe: boolean;
  mayRepeat: boolean;
}

/** Statuses that do not tell whether the request is carried out: it is under way somewhere, or was. */
const AMBIGUOUS = new Set([408, 409, 425]);
/** Not all of its servers may know yet what it has taken on. */
const UNKNOWN_AT_FIRST_SECONDS = 10;

export function askedOf({ app, upstream, isSafe, mayRepeat }: UpstreamWork): UpstreamAsked {
  return { appTitle: app.definition.title, upstreamTitle: upstream.title, isSafe, mayRepeat };
}

/** Of a question before the run is created: it does nothing there. */
export function judgeQuestion(error: UpstreamError, { appTitle, upstreamTitle }: UpstreamAsked): UpstreamVerdict {
  if (error.kind === 'throttled') return { kind: 'throttled', at: error.at };
  if (error.kind === 'unlinked') return { kind: 'ended', outcome: unlinked(error) };
  if (error.kind === 'refused' && !isAmbiguous(error)) {
    return { kind: 'ended', outcome: refusedThere(error, appTitle) };
  }
  return { kind: 'trouble', outcome: unreached(error, upstreamTitle), isLost: false, at: error.at };
}

/** Of the request that creates the run there. */
export function judgeCreation(error: UpstreamError, asked: UpstreamAsked): UpstreamVerdict {
  if (!isAmbiguous(error)) return judgeQuestion(error, asked);
  const { isSafe, mayRepeat, upstreamTitle } = asked;
  const outcome = isSafe ? unreached(error, upstreamTitle) : unknownThere(upstreamTitle, error.message);
  return mayRepeat ? { kind: 'trouble', outcome, isLost: true, at: error.at } : { kind: 'ended', outcome };
}

/** It refused what may be right in a moment. */
export function refusedForNow(error: UpstreamError, { app }: UpstreamWork): UpstreamVerdict {
  return { kind: 'trouble', outcome: refusedThere(error, app.definition.title), isLost: false, at: null };
}

/** Of a look at what it has taken on. Trouble is waited out: looking again does no harm. */
export function judgeLook(
  error: UpstreamError,
  { appTitle, upstreamTitle, isSafe }: UpstreamAsked,
  { acceptedAt, now }: { acceptedAt: Date | null; now: Date },
): UpstreamVerdict {
  if (error.kind === 'throttled') return { kind: 'throttled', at: error.at };
  if (error.kind === 'refused' && error.status === null) {
    return { kind: 'ended', outcome: tooMuch(appTitle, 'Its answer is too large and is not kept.') };
  }
  const isEarly = acceptedAt !== null && now.getTime() - acceptedAt.getTime() <= UNKNOWN_AT_FIRST_SECONDS * 1000;
  const isFinal = error.kind === 'unlinked' || (error.kind === 'refused' && !isAmbiguous(error));
  if (!isFinal || (error.status === 404 && isEarly)) {
    return { kind: 'trouble', outcome: unreached(error, upstreamTitle), isLost: false, at: error.at };
  }
  if (!isSafe) return { kind: 'ended', outcome: unknownThere(upstreamTitle, error.message) };
  if (error.status !== 404) return { kind: 'ended', outcome: refusedThere(error, appTitle) };
  const detail = 'It took the run, and now it says that there is no such thing.';
  return { kind: 'ended', outcome: failed('partner', `${upstreamTitle} lost it`, detail) };
}

function isAmbiguous({ kind, status, mayHaveArrived }: UpstreamError): boolean {
  // Without a status: it answered, and more than is read.
  if (kind === 'refused') return status === null || AMBIGUOUS.has(status);
  return mayHaveArrived && kind !== 'throttled';
}
