import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AdminKeysModule } from '#libs/admin-keys';
import { ConfigModule, type Config } from '#libs/config';
import { DatabaseModule } from '#libs/database';
import { EgressModule } from '#libs/egress';
import { SchedulingModule } from '#libs/scheduling';
import { LimitsModule } from '#libs/limits';
import { OauthModule } from '#libs/oauth';
import { SigningKeysModule } from '#libs/signing-keys';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { VaultModule } from '#libs/vault';
import { WorkerModule } from '../../worker/src/worker.module.js';
import { DocsModule } from './api-document/docs.module.js';
import { servedDocument } from './api-document/served-document.js';
import { ApiModule } from './api.module.js';
import { HealthModule } from './health/health.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { MemoryTicks } from './memory-ticks.js';

/** One process of the service, in the roles that `ROLES` gives it. Health is answered in every role. */
@Module({})
export class ServiceModule {
  static for(config: Config): DynamicModule {
    return {
      module: ServiceModule,
      imports: [
        ConfigModule.for(config),
        SchedulingModule,
        ScheduleModule.forRoot(),
        DatabaseModule,
        EgressModule,
        AdminKeysModule,
        LimitsModule,
        VaultModule,
        HealthModule,
        OauthModule,
        SigningKeysModule,
        TrustedKeysModule,
        ...(config.roles.includes('api') ? [ApiModule, DocsModule.showing(servedDocument)] : []),
        ...(config.roles.includes('worker') ? [WorkerModule] : []),
      ],
      providers: [MemoryTicks, { provide: APP_FILTER, useClass: ProblemFilter }],
    };
  }
}
