import { Global, Module } from '@nestjs/common';
import { VaultModule } from '#libs/vault';
import { Backlogs } from '../metrics/backlog.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';
import { HealthController } from './health.controller.js';
import { LoopTurns } from './loop-turns.js';
import { Readiness } from './readiness.js';

/** How this process fares, whatever its roles. */
@Global()
@Module({
  imports: [VaultModule],
  controllers: [HealthController, MetricsController],
  providers: [Readiness, LoopTurns, Backlogs, Metrics],
  exports: [Readiness, LoopTurns, Backlogs],
})
export class HealthModule {}
