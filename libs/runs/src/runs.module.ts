import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { VaultModule } from '#libs/vault';
import { RunCredentials } from './run-credentials.js';
import { RunExecutor } from './run-executor.js';
import { RunJob } from './run-job.entity.js';
import { RunJobs } from './run-jobs.store.js';
import { RunWorker } from './run-worker.js';
import { Run } from './run.entity.js';
import { Runs } from './runs.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([Run, RunJob]), CatalogModule, ConnectionsModule, VaultModule],
  providers: [Runs, RunJobs, RunCredentials, RunExecutor, RunWorker],
  exports: [Runs, RunWorker],
})
export class RunsModule {}
