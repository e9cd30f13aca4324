import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { IdempotencyModule } from '#libs/idempotency';
import { SigningKeysModule } from '#libs/signing-keys';
import { VaultModule } from '#libs/vault';
import { CallbackSignature } from './callback-signature.js';
import { CallbackWorker } from './callback-worker.js';
import { RunCallback } from './run-callback.entity.js';
import { RunCallbacks } from './run-callbacks.store.js';
import { RunCreation } from './run-creation.js';
import { RunCredentials } from './run-credentials.js';
import { RunEnding } from './run-ending.js';
import { RunExecutor } from './run-executor.js';
import { RunJob } from './run-job.entity.js';
import { RunJobs } from './run-jobs.store.js';
import { RunWatch } from './run-watch.js';
import { RunWorker } from './run-worker.js';
import { Run } from './run.entity.js';
import { Runs } from './runs.store.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Run, RunJob, RunCallback]),
    CatalogModule,
    ConnectionsModule,
    IdempotencyModule,
    SigningKeysModule,
    VaultModule,
  ],
  providers: [
    Runs,
    RunCreation,
    RunEnding,
    RunJobs,
    RunCredentials,
    RunExecutor,
    RunWorker,
    RunWatch,
    CallbackSignature,
    RunCallbacks,
    CallbackWorker,
  ],
  exports: [Runs, RunCreation, RunWorker, RunWatch, CallbackWorker],
})
export class RunsModule {}
