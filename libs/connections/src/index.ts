export { VISIBLE } from './connection-visibility.js';
export { ActionTests } from './action-tests.js';
export { type AppUse } from './app-use.js';
export { AppCalls, type AppCall } from './app-calls.js';
export { type Account } from './account.js';
export { readBundleKey } from './bundle-key.js';
export {
  Connection,
  connectionSharings,
  connectionStatuses,
  type ConnectionSharing,
  type ConnectionStatus,
} from './connection.entity.js';
export {
  ConnectionDirectory,
  type ConnectionDirectoryFilter,
  type ListedConnection,
} from './connection-directory.store.js';
export { ConnectionExports, type ExportBundle } from './connection-exports.js';
export { ConnectionImports, type ImportedConnection, type ImportOutcome } from './connection-imports.js';
export { metadataFault, metadataPatchFault, type Metadata } from './connection-metadata.js';
export { ConnectionRegistration } from './connection-registration.js';
export { ConnectionSettings, type ConnectionSettingsChanges } from './connection-settings.store.js';
export { DeletedConnections } from './deleted-connections.store.js';
export { DueRevocation } from './due-revocation.entity.js';
export { Disconnection } from './disconnection.js';
export { ExpiryWarnings } from './expiry-warnings.js';
export { type Credentials } from './credentials.js';
export { ConnectionRefreshes } from './connection-refreshes.store.js';
export { demandRank, dueTime, FIRST_TIME } from './refresh-demand.js';
export { type RefreshFailure } from './refresh-failure.js';
export { type SealedAnswer } from './sealed-answer.js';
export { type NewConnection } from './connection-establishment.js';
export { Connections, type ConnectionClaim } from './connections.store.js';
export { ConnectionsModule } from './connections.module.js';
export { CallBudget } from './call-budget.entity.js';
export { budgetOwner, CallBudgets, type BudgetOwner } from './call-budgets.js';
export { canRefresh, FreshCredentials, isEnding } from './fresh-credentials.js';
export { Identities } from './identities.js';
export { isSendable } from './sendable.js';
export { LateAnswers } from './late-answers.js';
export { LiveChoices, type ChoicePage } from './live-choices.js';
export { readTokenAnswer, type Oauth2Credentials } from './token-answer.js';
export { RevocationJob } from './revocation-job.entity.js';
export { RevocationJobWorker } from './revocation-job-worker.js';
export {
  RevocationJobs,
  type AppCount,
  type ListedRevocationJob,
  type OutcomeCount,
  type RevocationFilter,
} from './revocation-jobs.store.js';
export { RevocationPart } from './revocation-part.entity.js';
export { RevocationWorker } from './revocation-worker.js';
export { Revocations, type AccountHolder, type RevocationAttempt } from './revocations.js';
export { RemoteAccounts, type RemoteAccount } from './remote-accounts.store.js';
export { isBeingRenewed, isUsable } from './connection-state.js';
export { bodyOf } from './response-body.js';
export { OrphanedAnswer } from './orphaned-answer.entity.js';
export { UnconfirmedConnections } from './unconfirmed-connections.store.js';
