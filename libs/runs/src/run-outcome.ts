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
  state: 'succeeded' | 'failed' | 'outcome_unknown';
  results: Record<string, unknown>[];
  errors: RunError[];
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
