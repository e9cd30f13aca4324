import {
  findOperation,
  type ActionDefinition,
  type OperationDefinition,
  type TenantAppView,
  TenantCatalog,
} from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';

/** Opaque to clients, who look it up again before each run; `key` is what they store (protocol.md §7.5). */
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
  if (!app || !action || !operation)
    throw problem('not_found', 'There is no action with this id. Look it up again by app and key.');
  return { app, action, operation };
}
