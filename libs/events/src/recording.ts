import { isSubscribable, type EventType } from './event-type.js';

interface Recording {
  type: EventType;
  /** An SQL expression: the tenant's id. */
  tenant: string;
  /** A SELECT of the event's columns, in the order of `EVENT_COLUMNS`. No row: nothing happened. */
  rows: string;
}

const EVENT_COLUMNS = 'tenant_id, id, type, subject, sequence, payload, created_at';

/** The endpoints that want to know, as `webhook`: a row for each, by the key of its tenant. */
function wanting(tenant: string, type: EventType): string {
  return `webhooks webhook WHERE webhook.tenant_id = ${tenant} AND webhook.disabled_at IS NULL
    AND (webhook.types IS NULL OR '${type}' = ANY (webhook.types))`;
}

/** A condition, for events that are only recorded when somebody wants to know. */
export function isWanted(tenant: string, type: EventType): string {
  return `EXISTS (SELECT 1 FROM ${wanting(tenant, type)})`;
}

/**
 * CTEs that record events, and with each of them what every endpoint of its tenant that wants to know is to be told: `event` has the events,
 * `delivery` what is to be sent: whoever finds some there wakes the workers. Where nobody wants to know it costs one look at the tenant's
 * endpoints, however many events there are.
 *
 * `webhooks` and `webhook_deliveries` are the tables of libs/webhooks, which stands above all that happens. They are written here since a
 * delivery that came later, by a loop, could be lost between the two, and would cost each event another write.
 */
export function recording({ type, tenant, rows }: Recording): string {
  const event = `event AS (INSERT INTO events (${EVENT_COLUMNS}) ${rows} RETURNING ${EVENT_COLUMNS})`;
  if (!isSubscribable(type)) return `${event}, delivery AS (SELECT NULL::uuid AS id WHERE false)`;
  return `${event},
    endpoint AS MATERIALIZED (SELECT webhook.id FROM ${wanting(tenant, type)}),
    delivery AS (
      INSERT INTO webhook_deliveries (tenant_id, webhook_id, id, type, subject, sequence, payload, created_at, due_at)
      SELECT event.tenant_id, endpoint.id, event.id, event.type, event.subject, event.sequence, event.payload, event.created_at, event.created_at
        FROM event JOIN endpoint ON endpoint.id <> event.subject
      RETURNING id)`;
}
