import { Audit } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { Events } from '#libs/events';
import type { TestApp } from '#libs/testing';

/** What happened to a connection, oldest first: as subscribers are told, and as it stands on record. */
export async function trail(
  app: TestApp,
  tenantId: TenantId,
  id: string,
): Promise<{ events: string[]; audit: string[] }> {
  const events = await app.get(Events).of(tenantId, id);
  const entries = await app.get(Audit).list(tenantId, { subject: id, limit: 100 });
  return {
    events: events.map(({ type }) => type.replace('connection.', '')),
    audit: entries.map(({ action }) => action.replace('connection.', '')).toReversed(),
  };
}
