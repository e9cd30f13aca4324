import { Injectable } from '@nestjs/common';
import { Audit, type Actor, type AuditDetails } from '#libs/audit';
import { TenantCatalog, type TenantAppSummary } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Egress, EgressError } from '#libs/egress';
import { problem } from '#libs/errors';
import { Circuits } from '#libs/refresh';
import { toChanges, type ConfigureAppDto } from './app.dto.js';
import { changedMembers } from './changed-members.js';

/** What a tenant sets for an app, as operators ask for it. */
@Injectable()
export class TenantAppSettings {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly circuits: Circuits,
    private readonly egress: Egress,
    private readonly audit: Audit,
  ) {}

  /** @throws Problem not_found, invalid */
  async set(tenantId: TenantId, key: string, dto: ConfigureAppDto, actor: Actor): Promise<TenantAppSummary> {
    if (dto.server_url !== undefined) await this.#requireAllowed(dto.server_url);
    const details = detailsOf(dto);
    const app = await this.catalog.configure(tenantId, key, toChanges(dto), async (tx) => {
      if (details) await this.audit.record(tx, tenantId, { actor, action: 'app.changed', subject: key, details });
    });
    if (dto.oauth) await this.circuits.reset(tenantId, app.id);
    return app;
  }

  /** Each call is checked again: this only says early what would be refused then. */
  async #requireAllowed(url: string): Promise<void> {
    await this.egress.check(url).catch((error: unknown) => {
      if (!(error instanceof EgressError)) throw error;
      throw problem('invalid', 'HTTPS on a public address is needed for server_url.', {
        source: { pointer: '/server_url' },
      });
    });
  }
}

/** Also to whom the tokens go from now on, since the next change takes that from the row: the host alone, for the rest of a URL may hold a key. */
function detailsOf(dto: ConfigureAppDto): AuditDetails | null {
  const { enabled, server_url: serverUrl } = dto;
  const members = changedMembers(dto);
  return (
    members && {
      ...members,
      ...(enabled !== undefined && { enabled }),
      ...(serverUrl !== undefined && { server: new URL(serverUrl).origin }),
    }
  );
}
