import type { RunOutcome } from './run-outcome.js';
import type { Run, RunState } from './run.entity.js';

const WIRE_STATUS: Record<RunState, 'waiting' | 'success' | 'error'> = {
  queued: 'waiting',
  running: 'waiting',
  polling: 'waiting',
  succeeded: 'success',
  failed: 'error',
  cancelled: 'error',
  outcome_unknown: 'error',
};

type WireStatus = (typeof WIRE_STATUS)[RunState];

/** The states that a status of the wire stands for. */
export function statesOf(status: WireStatus): RunState[] {
  return (Object.keys(WIRE_STATUS) as RunState[]).filter((state) => WIRE_STATUS[state] === status);
}

export function isWireStatus(text: string): text is WireStatus {
  return (Object.values(WIRE_STATUS) as string[]).includes(text);
}

export function isRunState(text: string): text is RunState {
  return Object.hasOwn(WIRE_STATUS, text);
}

/** A run on the wire (protocol.md §8.2): three statuses, and our state and times beside them. */
export function toWireRun(run: Run, outcome: RunOutcome | null) {
  return {
    ...toWireSummary(run),
    results: outcome?.results ?? [],
    errors: (outcome?.errors ?? []).map((error) => ({ ...error, meta: null })),
    ...(outcome?.upstreamMayContinue !== undefined && { upstream_may_continue: outcome.upstreamMayContinue }),
  };
}

/** Without what the vault holds of it. */
export function toWireSummary(run: Run) {
  return {
    type: 'run',
    id: run.id,
    status: WIRE_STATUS[run.state],
    state: run.state,
    source: run.source,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
  };
}
