import type { Run } from './run-book.js';

interface RunState {
  type: 'run';
  id: string;
  status: string;
  results: object[];
  errors: object[];
}

/** Its public shape (protocol.md §8.2). @param pending what a run that is not done is called */
export function runState({ id, isDone, outcome }: Run, pending: string): RunState {
  if (!isDone) return { type: 'run', id, status: pending, results: [], errors: [] };
  if ('results' in outcome) return { type: 'run', id, status: 'success', results: outcome.results, errors: [] };
  const { error: code, detail, delay } = outcome;
  const title = `${code.slice(0, 1).toUpperCase()}${code.slice(1)} error`;
  const error = { code, title, detail, ...(delay !== undefined && { delay }), meta: null };
  return { type: 'run', id, status: 'error', results: [], errors: [error] };
}
