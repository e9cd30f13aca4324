import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import type { TenantId, Transaction } from '#libs/database';
import { DisabledStates, type DisabledKind } from '#libs/tenants';
import { AuthorizationEnds } from './authorization-ends.store.js';
import { ClientDirectory } from './client-directory.js';
import { Denials } from './denials.js';

/**
 * Turns a tenant, a client or a user off, and on again. Off: its credentials, tokens and session codes are refused by every process within
 * a second. On: new ones are good; those from before stay dead (protocol.md C39).
 *
 * The JWKS of a disabled tenant is served all the same. It holds public keys only, and whoever has something that was signed with them
 * must still be able to verify it; taking a key away is a call of its own.
 */
@Injectable()
export class Disabling {
  constructor(
    private readonly states: DisabledStates,
    private readonly denials: Denials,
    private readonly ends: AuthorizationEnds,
    private readonly directory: ClientDirectory,
    private readonly audit: Audit,
  ) {}

  /**
   * In the caller's transaction. What is so already is left as it is: to enable what is enabled must not end its tokens.
   * @param id of the tenant once more, where `kind` is tenant
   */
  async set(
    tenantId: TenantId,
    { kind, id, disabled }: { kind: DisabledKind; id: string; disabled: boolean },
    actor: Actor,
    tx: Transaction,
  ): Promise<void> {
    if (!(await this.states.set(tenantId, kind, id, disabled, tx))) return;
    // At both: a process that had not heard of it yet may have made a grant since.
    const endedAt = await this.ends.put(tenantId, { kind, id, isOver: !disabled }, tx);
    if (disabled) await this.denials.deny(tenantId, kind, id, tx);
    else await this.denials.lift(tenantId, kind, id, endedAt, tx);
    const action = `${kind}.${disabled ? 'disabled' : 'enabled'}` as const;
    await this.audit.record(tx, tenantId, { actor, action, ...(kind !== 'tenant' && { subject: id }) });
  }

  /** Once that is committed: this process knows it at once, and the others within a second. */
  async takeEffect(tenantId: TenantId, kind: DisabledKind, id: string): Promise<void> {
    if (kind === 'tenant') this.directory.forgetTenant(tenantId);
    if (kind === 'client') this.directory.forget(id);
    await this.denials.sync();
  }
}
