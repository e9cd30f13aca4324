import {
  findOperation,
  type ActionDefinition,
  type OperationDefinition,
  type TenantAppView,
  TenantCatalog,
} from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { remoteAppOf } from '#libs/upstream';
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

const REMOTE = /^up:([0-9a-fA-F-]{36})\.([A-Z_]+)\.(.+)$/s;

/** Of an action of an upstream's app: what of it stays the same, since the id that it has there does not. */
export function remoteActionId(
  { id }: Pick<TenantAppView, 'id'>,
  { type, key }: { type: string; key: string },
): string {
  return `up:${id}.${type}.${key}`;
}

export function isRemoteActionId(id: string): boolean {
  return REMOTE.test(id);
}

/** @throws Problem not_found for an app that this tenant does not have; whether it has that action, only the upstream knows */
export async function findRemoteAction(apps: AppLookup, tenantId: TenantId, id: string): Promise<RemoteActionName> {
  const [, appId = '', type = '', key = ''] = REMOTE.exec(id) ?? [];
  const app = appId === '' ? null : await apps.find(tenantId, appId);
  if (!app || !remoteAppOf(app)) throw missing();
  return { app, type, key };
}

function missing(): Error {
  return problem('not_found', 'There is no action with this id. Look it up again by app and key.');
}
