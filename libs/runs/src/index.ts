export { Run, type RunState } from './run.entity.js';
export { RunJob } from './run-job.entity.js';
export { type RunError, type RunOutcome } from './run-outcome.js';
export { Runs, type NewRun, type RunView } from './runs.store.js';
export { RunsModule } from './runs.module.js';
export { RunWorker } from './run-worker.js';
