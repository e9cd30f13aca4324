import type { EndState, Run } from './run.entity.js';

/** An error of a run in the wire's codes (protocol.md §8.2). */
export interface RunError {
  code: 'user' | 'authentication' | 'partner' | 'system' | 'throttled';
  title: string;
  detail: string;
  /** Seconds to wait, when throttled. */
  delay?: number;
}

/** How a run ended; sealed in the vault, since results are the user's data and errors may quote it. */
export interface RunOutcome {
  state: EndState;
  /** Of a cancelled run: its request had been sent, and the third party may carry it out all the same. */
  upstreamMayContinue?: boolean;
  results: Record<string, unknown>[];
  errors: RunError[];
}

/** A run as it stands. */
export interface RunView {
  run: Run;
  /** Null while it runs. */
  outcome: RunOutcome | null;
}

export function succeeded(results: Record<string, unknown>[]): RunOutcome {
  return { state: 'succeeded', results, errors: [] };
}

export function failed(code: RunError['code'], title: string, detail: string, delay?: number): RunOutcome {
  return { state: 'failed', results: [], errors: [{ code, title, detail, ...(delay !== undefined && { delay }) }] };
}

/** The request may have had its effect. It is never sent again by us: that is for whoever can look at the third party to decide. */
export function outcomeUnknown(detail: string): RunOutcome {
  return { state: 'outcome_unknown', results: [], errors: [{ code: 'system', title: 'Outcome unknown', detail }] };
}

/** @param wasSent the third party has had the request */
export function cancelled(wasSent: boolean): RunOutcome {
  const detail = wasSent
    ? 'The request had been sent: the third party may carry it out all the same.'
    : 'Nothing was sent to the third party.';
  const errors = [{ code: 'user' as const, title: 'Cancelled', detail }];
  return { state: 'cancelled', results: [], errors, upstreamMayContinue: wasSent };
}
