import { RunCreation, type NewRun } from '#libs/runs';
import type { TenantId } from '#libs/database';
import type { Clock } from '#libs/scheduling';
import type { TestApp } from './test-app.js';

/** @returns the id of a new run */
export async function createRun(
  app: TestApp<Clock>,
  tenantId: TenantId,
  run: Omit<NewRun, 'appVersion'>,
): Promise<string> {
  const created = await app.get(RunCreation).create(tenantId, { appVersion: 1, ...run });
  if (created.kind !== 'created') throw new Error(`The run was not created: ${created.kind}.`);
  return created.id;
}
