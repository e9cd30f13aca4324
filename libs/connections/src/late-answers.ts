import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { TenantCatalog } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { Database } from '#libs/database';
import type { Credentials } from './credentials.js';
import { DueRevocations } from './due-revocations.store.js';
import { Revocations, UNSUPPORTED, type RevocationState } from './revocations.js';
import type { SealedAnswer } from './sealed-answer.js';

/** Answers to refreshes of connections that are gone by then: nobody may go on holding what the third party gave out for them. */
@Injectable()
export class LateAnswers {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly revocations: Revocations,
    private readonly due: DueRevocations,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /**
   * Tells the third party at once. Where it can't take that now, what is to be revoked is set aside for a worker to try again.
   * @returns how that went, `pending` where it is tried again
   * @throws KeyringError
   */
  async revoke(
    { tenantId, connectionId, appId }: Pick<SealedAnswer, 'tenantId' | 'connectionId' | 'appId'>,
    credentials: Secret<Credentials>,
  ): Promise<RevocationState> {
    const app = await this.catalog.findHeld(tenantId, appId);
    const told = app && (await this.revocations.revoke(tenantId, app, connectionId, credentials));
    const { outcome, later } = told ?? UNSUPPORTED;
    const state = later ? 'pending' : outcome;
    await this.database.of(tenantId).transaction(async (tx) => {
      if (later)
        await this.due.takeOver(tx, { tenantId, id: connectionId, appId }, credentials, SYSTEM_ACTOR, later.notBefore);
      await this.audit.record(tx, tenantId, {
        actor: SYSTEM_ACTOR,
        action: 'connection.answer_revoked',
        subject: connectionId,
        details: { outcome: state },
      });
    });
    return state;
  }
}
