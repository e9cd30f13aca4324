export { type ActionDefinition } from './action-definition.js';
export { defineApp, findOperation, type AppDefinition, type AppSummary, type DefinedApp } from './app-definition.js';
export { AdoptedApps, type AdoptedApp } from './adopted-apps.store.js';
export { App } from './app.entity.js';
export { AppOperation } from './app-operation.entity.js';
export { AppVersion } from './app-version.entity.js';
export { AppFolder } from './app-folder.js';
export { Apps, type RegisteredApp, type Registration } from './apps.store.js';
export { type LiveChoices } from './choices-extension.js';
export { outputsOf, type OutputField } from './output-fields.js';
export { CatalogModule } from './catalog.module.js';
export { choiceInputs } from './choice-inputs.js';
export { readChoices, staticChoices, type Choice } from './choices.js';
export { DocumentError } from './document-error.js';
export { parseDocument } from './document.js';
export { inputFields, toWireInputField, type InputField, type WireInputField } from './input-fields.js';
export { InputError } from './input-error.js';
export { type OperationDefinition } from './operation.js';
export { buildRequest, checkInputs, type AppRequest } from './request.js';
export { toResults } from './results.js';
export { type SecurityDefinition } from './security-definition.js';
export { select } from './select.js';
export { TenantApp } from './tenant-app.entity.js';
export {
  isOffered,
  TenantCatalog,
  type TenantAppChanges,
  type TenantAppSummary,
  type TenantAppView,
} from './tenant-catalog.js';
export type { RefreshDefinition, RefreshErrorMeaning, RefreshRotation } from './refresh-definition.js';
export type { Oauth2Definition } from './oauth2-definition.js';
export { meets, readPoll, type PollDefinition } from './poll-definition.js';
export type { RateDefinition } from './rate-definition.js';
