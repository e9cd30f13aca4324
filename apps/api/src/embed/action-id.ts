import {
  findOperation,
  type ActionDefinition,
  type OperationDefinition,
  type TenantAppView,
  TenantCatalog,
} from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { readUpstreamActionId, remoteAppOf } from '#libs/upstream';
import type { AppLookup } from './app-lookup.js';

export function actionId(app: TenantAppView, action: ActionDefinition): string {
  return `core:${app.id}.${action.key}`;
}

export interface FoundAction {
  app: TenantAppView;
  action: ActionDefinition;
  operation: OperationDefinition;
}

/** @throws Problem not_found, the same for an unknown action and for one that this tenant does not offer */
export async function findAction(catalog: TenantCatalog, tenantId: TenantId, id: string): Promise<FoundAction> {
  const [, appId = '', key = ''] = /^core:([0-9a-f-]{36})\.(.+)$/.exec(id) ?? [];
  const app = appId === '' ? null : await catalog.find(tenantId, appId);
  const action = app?.definition.actions.find((candidate) => candidate.key === key);
  const operation = app && action && findOperation(app.definition, action.key);
  if (!app || !action || !operation) throw missing();
  return { app, action, operation };
}

export interface RemoteActionName {
  app: TenantAppView;
  type: string;
  key: string;
}

/** @throws Problem not_found for an app that this tenant does not have; whether it has that action, only the upstream knows */
export async function findRemoteAction(apps: AppLookup, tenantId: TenantId, id: string): Promise<RemoteActionName> {
  const named = readUpstreamActionId(id);
  const app = named && (await apps.find(tenantId, named.appId));
  if (!app || !remoteAppOf(app)) throw missing();
  return { app, type: named.type, key: named.key };
}

function missing(): Error {
  return problem('not_found', 'There is no action with this id. Look it up again by app and key.');
}
