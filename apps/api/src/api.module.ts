import { Module } from '@nestjs/common';
import { AdminKeysModule } from '#libs/admin-keys';
import { AuditModule } from '#libs/audit';
import { AuditChainModule } from '#libs/audit-chain';
import { CatalogModule } from '#libs/catalog';
import { ConnectModule } from '#libs/connect';
import { ConnectionsModule } from '#libs/connections';
import { AuthorizationModule, OauthModule } from '#libs/oauth';
import { CircuitsModule } from '#libs/refresh';
import { IdempotencyModule } from '#libs/idempotency';
import { RunsModule } from '#libs/runs';
import { SigningKeysModule } from '#libs/signing-keys';
import { TenantsModule } from '#libs/tenants';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { UpstreamModule } from '#libs/upstream';
import { VaultModule } from '#libs/vault';
import { WebhooksModule } from '#libs/webhooks';
import { AdminKeyTicks } from './admin/admin-key-ticks.js';
import { AdminKeysController } from './admin/admin-keys.controller.js';
import { AdminConnectionsModule } from './admin/connections.module.js';
import { AppsController } from './admin/apps.controller.js';
import { AuditVerificationController } from './admin/audit-verification.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { ClientsController } from './admin/clients.controller.js';
import { AdminHealthController } from './admin/health.controller.js';
import { KeysController } from './admin/keys.controller.js';
import { RevocationsController } from './admin/revocations.controller.js';
import { RunsController } from './admin/runs.controller.js';
import { TenantAppSettings } from './admin/tenant-app-settings.js';
import { TenantDeletionController } from './admin/tenant-deletion.controller.js';
import { TenantDeletion } from './admin/tenant-deletion.js';
import { TenantsController } from './admin/tenants.controller.js';
import { Troubles } from './admin/troubles.store.js';
import { TrustController } from './admin/trust.controller.js';
import { UpstreamSettingsChanges } from './admin/upstream-settings.js';
import { UpstreamViews } from './admin/upstream-views.js';
import { UpstreamsController } from './admin/upstreams.controller.js';
import { UsersController } from './admin/users.controller.js';
import { VaultController } from './admin/vault.controller.js';
import { AdminWebhooksController } from './admin/webhooks.controller.js';
import { AppImageController } from './connect/app-image.controller.js';
import { ConsolePageController } from './console/console-page.controller.js';
import { ConsoleSessionController } from './console/console-session.controller.js';
import { ConnectFormsController } from './connect/connect-forms.controller.js';
import { ConnectReplies } from './connect/connect-replies.js';
import { ConnectController } from './connect/connect.controller.js';
import { FragmentController } from './connect/fragment.controller.js';
import { SdkController } from './connect/sdk.controller.js';
import { ActionConnections } from './embed/action-connections.js';
import { ActionRunRequests } from './embed/action-run-requests.js';
import { ActionRunsController } from './embed/action-runs.controller.js';
import { ActionSources } from './embed/action-sources.js';
import { ActionsController } from './embed/actions.controller.js';
import { EmbedAppsController } from './embed/apps.controller.js';
import { AppAuthentications } from './embed/app-authentications.js';
import { AppLookup } from './embed/app-lookup.js';
import { AuthenticationsController } from './embed/authentications.controller.js';
import { ConnectAttemptsController } from './embed/connect-attempts.controller.js';
import { LocalActions } from './embed/local-actions.js';
import { RemoteActions } from './embed/remote-actions.js';
import { RunTicks } from './embed/run-ticks.js';
import { ConnectLinksController } from './embed/connect-links.controller.js';
import { ProfilesController } from './embed/profiles.controller.js';
import { V1CatalogController } from './embed/v1-catalog.controller.js';
import { UpstreamCallbacksController } from './embed/upstream-callbacks.controller.js';
import { DeliveryReplays } from './embed/delivery-replays.js';
import { WebhookDeliveriesController } from './embed/webhook-deliveries.controller.js';
import { WebhooksController } from './embed/webhooks.controller.js';
import { AuthorizeController } from './oauth/authorize.controller.js';
import { ConsentController } from './oauth/consent.controller.js';
import { JwksController } from './oauth/jwks.controller.js';
import { IntrospectController } from './oauth/introspect.controller.js';
import { LoginController } from './oauth/login.controller.js';
import { MetadataController } from './oauth/metadata.controller.js';
import { RevokeController } from './oauth/revoke.controller.js';
import { TokenController } from './oauth/token.controller.js';

/** The HTTP API: everything that partners, browsers and operators call. */
@Module({
  imports: [
    TenantsModule,
    AdminKeysModule,
    AdminConnectionsModule,
    AuditModule,
    AuditChainModule,
    TrustedKeysModule,
    SigningKeysModule,
    OauthModule,
    OauthModule.withTokenEndpoint(ConnectModule),
    AuthorizationModule,
    CatalogModule,
    CircuitsModule,
    ConnectionsModule,
    ConnectModule,
    IdempotencyModule,
    RunsModule,
    UpstreamModule,
    VaultModule,
    WebhooksModule,
  ],
  controllers: [
    AuthorizeController,
    LoginController,
    ConsentController,
    TokenController,
    RevokeController,
    IntrospectController,
    MetadataController,
    JwksController,
    TenantsController,
    TenantDeletionController,
    AdminKeysController,
    ClientsController,
    UsersController,
    KeysController,
    TrustController,
    AuditController,
    AuditVerificationController,
    RevocationsController,
    RunsController,
    VaultController,
    AdminWebhooksController,
    AdminHealthController,
    AppsController,
    UpstreamsController,
    EmbedAppsController,
    V1CatalogController,
    ProfilesController,
    ActionsController,
    AuthenticationsController,
    ActionRunsController,
    UpstreamCallbacksController,
    ConnectAttemptsController,
    ConnectLinksController,
    WebhooksController,
    WebhookDeliveriesController,
    ConnectController,
    ConnectFormsController,
    FragmentController,
    SdkController,
    AppImageController,
    ConsolePageController,
    ConsoleSessionController,
  ],
  providers: [
    ActionConnections,
    ActionRunRequests,
    ActionSources,
    AppAuthentications,
    AppLookup,
    DeliveryReplays,
    LocalActions,
    RemoteActions,
    RunTicks,
    ConnectReplies,
    TenantDeletion,
    TenantAppSettings,
    UpstreamSettingsChanges,
    UpstreamViews,
    AdminKeyTicks,
    Troubles,
  ],
})
export class ApiModule {}
