import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { signals } from '#libs/telemetry';

/** From a statement that finds its row at once to one that is about to be ended. */
const QUERY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Runs may last for hours. */
const RUN_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400];

/** Counts what the libs say has happened. @returns ends it */
export function countSignals(registry: Registry): () => void {
  const ends = [
    ...countRequests(registry),
    ...countWork(registry),
    ...countVault(registry),
    ...countBrokenAudits(registry),
    ...countQueries(registry),
    ...watchLoops(registry),
  ];
  return () => ends.forEach((end) => end());
}

function countRequests(registry: Registry): (() => void)[] {
  const registers = [registry];
  const tokens = new Counter({
    name: 'gatehouse_token_requests_total',
    help: 'Requests at the token endpoint, by grant and by result: ok, or the code of the error.',
    labelNames: ['grant', 'result'],
    registers,
  });
  const egress = new Histogram({
    name: 'gatehouse_egress_request_duration_seconds',
    help: 'Requests that we sent, by what for and by how they ended: the class of the status, or why none came.',
    labelNames: ['purpose', 'outcome'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  return [
    signals.tokenRequested.subscribe(({ grant, result }) => tokens.inc({ grant, result })),
    signals.requestSent.subscribe(({ purpose, outcome, seconds }) => egress.observe({ purpose, outcome }, seconds)),
  ];
}

function countWork(registry: Registry): (() => void)[] {
  const registers = [registry];
  const runs = new Histogram({
    name: 'gatehouse_run_duration_seconds',
    help: 'Runs that ended here, by their final state, from their creation.',
    labelNames: ['state'],
    buckets: RUN_SECONDS,
    registers,
  });
  const refreshes = new Counter({
    name: 'gatehouse_refreshes_total',
    help: 'Token refreshes that were asked for, by outcome; unknown: the answer was lost.',
    labelNames: ['outcome'],
    registers,
  });
  const deliveries = new Counter({
    name: 'gatehouse_delivery_attempts_total',
    help: 'Attempts to tell an endpoint (webhook) or a partner (callback), by result.',
    labelNames: ['kind', 'result'],
    registers,
  });
  return [
    signals.runEnded.subscribe(({ state, seconds }) => runs.observe({ state }, seconds)),
    signals.refreshEnded.subscribe(({ outcome }) => refreshes.inc({ outcome })),
    signals.deliveryAttempted.subscribe(({ kind, result }) => deliveries.inc({ kind, result })),
  ];
}

function countVault(registry: Registry): (() => void)[] {
  const registers = [registry];
  const uses = new Counter({
    name: 'gatehouse_vault_operations_total',
    help: 'Secrets sealed and opened. A failed open is a missing key or an altered secret.',
    labelNames: ['operation', 'result'],
    registers,
  });
  const keys = new Counter({
    name: 'gatehouse_vault_data_keys_total',
    help: 'Data keys taken from memory, or unwrapped by the keyring.',
    labelNames: ['from'],
    registers,
  });
  return [
    signals.vaultUsed.subscribe(({ operation, result }) => uses.inc({ operation, result })),
    signals.dataKeyTaken.subscribe(({ from }) => keys.inc({ from })),
  ];
}

/** Without a label it is there from the start: an alert sees the first one too. */
function countBrokenAudits(registry: Registry): (() => void)[] {
  const broken = new Counter({
    name: 'gatehouse_audit_found_broken_total',
    help: 'Looks that found the audit of somebody tampered with: before a checkpoint, each minute, or asked for by an operator.',
    registers: [registry],
  });
  return [signals.auditFoundBroken.subscribe(() => broken.inc())];
}

function countQueries(registry: Registry): (() => void)[] {
  const queries = new Histogram({
    name: 'gatehouse_database_query_duration_seconds',
    help: 'Statements, without the wait for a connection.',
    labelNames: ['result'],
    buckets: QUERY_SECONDS,
    registers: [registry],
  });
  return [signals.queryEnded.subscribe(({ result, seconds }) => queries.observe({ result }, seconds))];
}

function watchLoops(registry: Registry): (() => void)[] {
  const lookedAt = new Map<string, number>();
  const turns = new Counter({
    name: 'gatehouse_loop_turns_total',
    help: 'Looks of a loop for what is due, by result.',
    labelNames: ['loop', 'result'],
    registers: [registry],
  });
  const failed = new Counter({
    name: 'gatehouse_loop_work_failed_total',
    help: 'What a loop took and an error that nobody foresaw left undone; it is taken again, and the log says why.',
    labelNames: ['loop'],
    registers: [registry],
  });
  const age = new Gauge({
    name: 'gatehouse_loop_age_seconds',
    help: 'Since a loop of this process last came to the end of a look for what is due.',
    labelNames: ['loop'],
    registers: [registry],
    collect() {
      for (const [loop, at] of lookedAt) this.set({ loop }, (performance.now() - at) / 1000);
    },
  });
  return [
    signals.loopTurned.subscribe(({ loop, result }) => {
      turns.inc({ loop, result });
      if (result === 'ok') lookedAt.set(loop, performance.now());
    }),
    signals.loopWorkFailed.subscribe(({ loop }) => failed.inc({ loop })),
    () => age.reset(),
  ];
}
