import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { EventsModule } from '#libs/events';
import { IdempotencyModule } from '#libs/idempotency';
import { SigningKeysModule } from '#libs/signing-keys';
import { UpstreamModule } from '#libs/upstream';
import { VaultModule } from '#libs/vault';
import { ActionDuration } from './action-duration.entity.js';
import { ActionDurations } from './action-durations.js';
import { CallbackSignature } from './callback-signature.js';
import { CallbackWorker } from './callback-worker.js';
import { LookSchedule } from './look-schedule.js';
import { RunAcceptance } from './run-acceptance.js';
import { RunApps } from './run-apps.js';
import { RunCallback } from './run-callback.entity.js';
import { RunCallbacks } from './run-callbacks.store.js';
import { RunCalls } from './run-calls.js';
import { RunCreation } from './run-creation.js';
import { RunCredentials } from './run-credentials.js';
import { RunDirectory } from './run-directory.store.js';
import { RunEnding } from './run-ending.js';
import { RunEnds } from './run-ends.js';
import { RunExecutor } from './run-executor.js';
import { RunJob } from './run-job.entity.js';
import { RunJobs } from './run-jobs.store.js';
import { RunPolling } from './run-polling.js';
import { RunPreparation } from './run-preparation.js';
import { RunRetries } from './run-retries.js';
import { RunSending } from './run-sending.js';
import { RunSlots } from './run-slots.store.js';
import { RunTurns } from './run-turns.js';
import { RunWatch } from './run-watch.js';
import { RunWorker } from './run-worker.js';
import { Run } from './run.entity.js';
import { Runs } from './runs.store.js';
import { UpstreamAcceptance } from './upstream-acceptance.js';
import { RunCancellation } from './run-cancellation.js';
import { UpstreamCallbacks } from './upstream-callbacks.js';
import { UpstreamsOfRuns } from './upstreams-of-runs.js';
import { UpstreamCallbackAddress } from './upstream-callback-address.js';
import { UpstreamExecutor } from './upstream-executor.js';
import { UpstreamLine } from './upstream-line.js';
import { UpstreamLookups } from './upstream-lookups.js';
import { UpstreamPolling } from './upstream-polling.js';
import { UpstreamPreparation } from './upstream-preparation.js';
import { UpstreamRequests } from './upstream-requests.js';
import { UpstreamSending } from './upstream-sending.js';
import { UpstreamWaits } from './upstream-waits.js';

/** From a claimed job to the end of its run. */
const steps = [
  RunJobs,
  RunApps,
  RunCredentials,
  RunSlots,
  RunTurns,
  RunPreparation,
  RunCalls,
  RunSending,
  RunRetries,
  RunAcceptance,
  LookSchedule,
  RunPolling,
  RunEnds,
  RunExecutor,
];

/** The same for an app that comes through an upstream. */
const upstreamSteps = [
  UpstreamLookups,
  UpstreamCallbackAddress,
  UpstreamRequests,
  UpstreamLine,
  UpstreamWaits,
  UpstreamAcceptance,
  UpstreamPreparation,
  UpstreamSending,
  UpstreamPolling,
  UpstreamExecutor,
];

@Module({
  imports: [
    TypeOrmModule.forFeature([Run, RunJob, RunCallback, ActionDuration]),
    CatalogModule,
    ConnectionsModule,
    EventsModule,
    IdempotencyModule,
    SigningKeysModule,
    UpstreamModule,
    VaultModule,
  ],
  providers: [
    Runs,
    RunCreation,
    RunDirectory,
    RunEnding,
    ...steps,
    ...upstreamSteps,
    UpstreamsOfRuns,
    UpstreamCallbacks,
    RunCancellation,
    ActionDurations,
    RunWorker,
    RunWatch,
    CallbackSignature,
    RunCallbacks,
    CallbackWorker,
  ],
  exports: [Runs, RunCreation, RunCancellation, UpstreamCallbacks, RunDirectory, RunWorker, RunWatch, CallbackWorker],
})
export class RunsModule {}
