import { Module } from '@nestjs/common';
import { ConnectModule } from '#libs/connect';
import { ConnectionsModule } from '#libs/connections';
import { OauthModule } from '#libs/oauth';
import { RefreshModule } from '#libs/refresh';
import { RunsModule } from '#libs/runs';
import { SigningKeysModule } from '#libs/signing-keys';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { Loops } from './loops.js';
import { Retention } from './retention.js';

/** The background: refresh, runs and their polling, retention. Any number of workers share the work through the database. */
@Module({
  imports: [
    RefreshModule,
    RunsModule,
    ConnectionsModule,
    ConnectModule,
    OauthModule,
    TrustedKeysModule,
    SigningKeysModule,
  ],
  providers: [Loops, Retention],
})
export class WorkerModule {}
