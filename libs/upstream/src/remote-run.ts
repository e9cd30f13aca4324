import { idText, isObject, readOne, textOf } from './upstream-body.js';
import { readProblems } from './upstream-problems.js';

const STATES: ReadonlyMap<string, RemoteRunState> = new Map([
  ['waiting', 'waiting'],
  ['queued', 'waiting'],
  ['running', 'waiting'],
  ['success', 'success'],
  ['error', 'error'],
]);

/** `unknown`: a state that no document of the protocol names. */
export type RemoteRunState = 'waiting' | 'success' | 'error' | 'unknown';

export interface RemoteRunError {
  code: string | null;
  title: string | null;
  detail: string | null;
  /** Seconds until it may be tried again. */
  delay: number | null;
}

export interface RemoteRun {
  /** Null where the answer does not repeat it. */
  id: string | null;
  state: RemoteRunState;
  results: unknown[];
  errors: RemoteRunError[];
}

/** With or without an envelope. Null when it is no run. */
export function readRun(body: unknown): RemoteRun | null {
  const run = readOne(body);
  if (!run) return null;
  const id = idText(run.id);
  const status = textOf(run.status);
  if (id === null && status === null) return null;
  return {
    id,
    state: STATES.get(status?.toLowerCase() ?? '') ?? 'unknown',
    results: resultsOf(run.results),
    errors: Array.isArray(run.errors) ? run.errors.flatMap(errorOf) : [],
  };
}

function resultsOf(results: unknown): unknown[] {
  if (Array.isArray(results)) return results;
  return results === undefined || results === null ? [] : [results];
}

function errorOf(error: unknown): RemoteRunError[] {
  const delay = isObject(error) ? Number(error.delay ?? Number.NaN) : Number.NaN;
  return readProblems({ errors: [error] }).map(({ code, title, detail }) => ({
    code,
    title,
    detail,
    delay: delay >= 0 ? delay : null,
  }));
}
