import { Injectable } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import type { TenantId, Transaction } from '#libs/database';
import { Events } from '#libs/events';
import { Clock } from '#libs/scheduling';
import type { EndpointFault } from './webhook.entity.js';

/** Switches an endpoint off that asks for it, or fails for too long. The tenant's other endpoints are told. */
@Injectable()
export class WebhookDisabling {
  constructor(
    private readonly events: Events,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** One that is disabled already stays as it is. */
  async disable(tenantId: TenantId, id: string, reason: EndpointFault, tx: Transaction): Promise<void> {
    const change = `UPDATE webhooks SET disabled_at = $3::timestamptz, disabled_reason = $4, event_sequence = event_sequence + 1
      WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL
      RETURNING event_sequence AS sequence,
        jsonb_build_object('id', id, 'reason', disabled_reason, 'failing_since', failing_since) AS payload`;
    const about = { type: 'webhook.disabled', subject: id } as const;
    if (!(await this.events.recordWith(tx, tenantId, about, change, [tenantId, id, this.clock.now(), reason]))) return;
    const entry = { actor: SYSTEM_ACTOR, action: 'webhook.disabled', subject: id, details: { reason } } as const;
    await this.audit.record(tx, tenantId, entry);
  }
}
