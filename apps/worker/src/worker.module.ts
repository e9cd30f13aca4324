import { Module } from '@nestjs/common';
import { AdminKeysModule, ConsoleSessions } from '#libs/admin-keys';
import { AuditModule } from '#libs/audit';
import { AuditChainModule } from '#libs/audit-chain';
import { ConnectModule, OldAttempts } from '#libs/connect';
import {
  CallBudgets,
  ConnectionRefreshes,
  ConnectionsModule,
  DeletedConnections,
  RevocationJobs,
  UnconfirmedConnections,
} from '#libs/connections';
import { Events, EventsModule } from '#libs/events';
import { IdempotencyKeys, IdempotencyModule } from '#libs/idempotency';
import { LimitsModule, RateLimits } from '#libs/limits';
import {
  AuthorizationAnswers,
  AuthorizationEnds,
  AuthorizationGrants,
  AuthorizationRequests,
  Denials,
  OauthModule,
  RefreshTokens,
} from '#libs/oauth';
import { RefreshModule } from '#libs/refresh';
import { Runs, RunsModule } from '#libs/runs';
import { SigningKeysModule } from '#libs/signing-keys';
import { JtiUses, TrustedKeysModule } from '#libs/trusted-keys';
import { UpstreamBudgets, UpstreamModule } from '#libs/upstream';
import { VaultModule } from '#libs/vault';
import { DeliveryLog, WebhooksModule } from '#libs/webhooks';
import { AuditLoop } from './audit-loop.js';
import { CatalogLoop } from './catalog-loop.js';
import { Loops } from './loops.js';
import { EXPIRING, Retention, type Expiring } from './retention.js';
import { RevocationLoop } from './revocation-loop.js';
import { WebhookLoop } from './webhook-loop.js';

/** Every kind of row that expires. */
const expiring = [
  Denials,
  AuthorizationRequests,
  AuthorizationAnswers,
  AuthorizationEnds,
  AuthorizationGrants,
  RefreshTokens,
  JtiUses,
  RateLimits,
  ConnectionRefreshes,
  DeletedConnections,
  RevocationJobs,
  UnconfirmedConnections,
  OldAttempts,
  Events,
  IdempotencyKeys,
  Runs,
  CallBudgets,
  DeliveryLog,
  UpstreamBudgets,
  ConsoleSessions,
];

/** The background: refresh, runs and their polling, webhooks, retention. Any number of workers share the work through the database. */
@Module({
  imports: [
    AdminKeysModule,
    AuditModule,
    AuditChainModule,
    RefreshModule,
    RunsModule,
    ConnectionsModule,
    EventsModule,
    ConnectModule,
    OauthModule,
    TrustedKeysModule,
    SigningKeysModule,
    IdempotencyModule,
    LimitsModule,
    UpstreamModule,
    VaultModule,
    WebhooksModule,
  ],
  providers: [
    Loops,
    { provide: EXPIRING, useFactory: (...all: Expiring[]) => all, inject: expiring },
    Retention,
    RevocationLoop,
    WebhookLoop,
    CatalogLoop,
    AuditLoop,
  ],
})
export class WorkerModule {}
