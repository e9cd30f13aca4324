export { appDocument, oauthClient, offerApp, registerApp } from './app-fixture.js';
export { CHROMIUM_ARGUMENTS, findChromium } from './chromium.js';
export { claimRow } from './claim-row.js';
export {
  type ConnectionOwner,
  establishConnection,
  oauth2Credentials,
  type Oauth2Credentials,
} from './connection-fixture.js';
export { CountingApp } from './counting-app.js';
export type { CountedJob, CountingLog } from './counting-app-log.js';
export { dumpRows } from './database-dump.js';
export { copyEmulatorApp, type EmulatorTenant, emulatorUser, enrolAtEmulator } from './emulator-tenant.js';
export { FakeClock } from './fake-clock.js';
export { empty, failing, type Fault, FaultProxy, Gate, html, type Passage } from './fault-proxy.js';
export { freePort, isFree } from './free-port.js';
export { type Answer, type HttpServer, json, type ReceivedRequest, startHttpServer } from './http-server.js';
export { ownerDatabase } from './owner-database.js';
export { queryOnce } from './query-once.js';
export { RotatingProvider } from './rotating-provider.js';
export { countRequests, type Held, lostGrants, presentations } from './rotating-provider-judge.js';
export {
  type GrantState,
  type MintedGrant,
  type ProviderSettings,
  tokenFingerprint,
  type TokenRequest,
} from './rotating-provider-log.js';
export { type ServiceOptions, type ServiceProcess, startService } from './service-process.js';
export { storeRefreshed } from './store-refreshed.js';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';
export { createRun } from './run-fixture.js';
export { createTenant, createUser, newTenant } from './tenant-fixture.js';
export { startTestApp, type TestApp, type TestAppOptions } from './test-app.js';
export { createBareDatabase, createTestDatabase, type TestDatabase } from './test-database.js';
export { startThirdPartyScene, type ThirdPartyScene } from './third-party-scene.js';
export { UpstreamRuns } from './upstream-runs.js';
export {
  adoptApp,
  newUpstreamOwner,
  newUpstreamTenant,
  startUpstreamScene,
  type UpstreamOwner,
  type UpstreamScene,
} from './upstream-scene.js';
export { type ConnectEnd, decideConnect, decideConsent } from './zapier-emulator/browserless.js';
export type { LoggedCall } from './zapier-emulator/call-log.js';
export type { SeenConnection, SeenRun, UserName } from './zapier-emulator/control.js';
export { ZapierEmulator } from './zapier-emulator/emulator.js';
export { type Answered, EmulatorScene } from './zapier-emulator/emulator-scene.js';
export type { Rule } from './zapier-emulator/rules.js';
export type { CountedWrite } from './zapier-emulator/run-book.js';
export {
  type EmulatorOptions,
  type EmulatorSettings,
  type PartnerRegistration,
  ZAPIER_LIMITS,
} from './zapier-emulator/settings.js';
export { createSigningTenant, createUpstream, upstreamClient } from './upstream-fixture.js';
