export { ActionLookup, type ActionName } from './action-lookup.js';
export { AppDirectory, type AppFilter, type ListedApp } from './app-directory.store.js';
export { AccountApp, accountAppKey } from './account-app.js';
export { CatalogReading } from './catalog-reading.js';
export { readAction, type RemoteAction } from './remote-action.js';
export { readApp, type RemoteApp } from './remote-app.js';
export { readAuthentication, type RemoteAuthentication } from './remote-authentication.js';
export { readRun, type RemoteRun, type RemoteRunError, type RemoteRunState } from './remote-run.js';
export { UpstreamActions, type UpstreamActionUse } from './upstream-actions.js';
export { jwksUriOf, redirectUrisOf } from './our-addresses.js';
export { completeSettings, type RequiredSettings } from './upstream-defaults.js';
export { UpstreamDoctor } from './upstream-doctor.js';
export { UpstreamHealths, type UpstreamHealth } from './upstream-health.js';
export { UpstreamRemoval } from './upstream-removal.js';
export type { DoctorCheck } from './doctor-looks.js';
export { UpstreamApps } from './upstream-apps.store.js';
export { readUpstreamActionId, upstreamActionId, type UpstreamActionName } from './upstream-action-id.js';
export { UpstreamApp } from './upstream-app.entity.js';
export { remoteAppOf } from './upstream-app-view.js';
export { idText, readOne, readPage, type UpstreamPage } from './upstream-body.js';
export { UpstreamBudget } from './upstream-budget.entity.js';
export { UpstreamBudgets } from './upstream-budgets.js';
export { UpstreamCallbackKeys } from './upstream-callback-keys.js';
export { UpstreamCalls } from './upstream-calls.js';
export { UpstreamError, type UpstreamFailure, type UpstreamProblem } from './upstream-error.js';
export { UpstreamAuthentications } from './upstream-authentications.js';
export { UpstreamLists } from './upstream-lists.js';
export type { UpstreamAnswer, UpstreamRequest, UpstreamUrgency } from './upstream-request.js';
export { UpstreamTokens } from './upstream-tokens.js';
export { UpstreamToken } from './upstream-token.entity.js';
export {
  Upstream,
  upstreamConnects,
  upstreamModes,
  type UpstreamConnect,
  type UpstreamMode,
} from './upstream.entity.js';
export { UpstreamModule } from './upstream.module.js';
export { UpstreamWarnings, type UpstreamWarning } from './upstream-warnings.js';
export { Upstreams, type UpstreamSettings } from './upstreams.store.js';
