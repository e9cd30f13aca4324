import { Webhook as Verifier } from 'standardwebhooks';
import { vi } from 'vitest';
import { Database, type TenantId } from '#libs/database';
import { Events, type SubscribableType } from '#libs/events';
import { RunsModule } from '#libs/runs';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  type Answer,
  type HttpServer,
  type ReceivedRequest,
  startHttpServer,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { DeliveryLog, DeliveryWorker, type LoggedDelivery, Webhooks, WebhooksModule } from '#libs/webhooks';

export const OPERATOR = { name: 'client:test', address: null };

export interface Told {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export const ok: Answer = (_, response) => response.writeHead(204).end();
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end();

/** Endpoints of tenants over a database of their own, with a clock that stands still until it is moved. */
export class WebhookScene {
  private constructor(
    readonly world: ThirdPartyScene,
    readonly receiver: HttpServer,
  ) {}

  static async start(): Promise<WebhookScene> {
    const world = await startThirdPartyScene([WebhooksModule, RunsModule, SigningKeysModule]);
    return new WebhookScene(world, await startHttpServer());
  }

  get app(): TestApp {
    return this.world.app;
  }

  async subscribe(
    tenantId: TenantId,
    types: SubscribableType[] | null = null,
    url = `${this.receiver.origin}/hook`,
  ): Promise<{ id: string; secret: string }> {
    const { id, secret } = await this.app.get(Webhooks).create(tenantId, { url, types }, OPERATOR);
    return { id, secret: secret.reveal() };
  }

  /** Something that happened to `subject`. */
  async happen(
    tenantId: TenantId,
    subject: string,
    sequence = 1,
    type: SubscribableType = 'run.failed',
  ): Promise<void> {
    const change = `SELECT $1::integer AS sequence, '{"about":"it"}'::jsonb AS payload`;
    await this.app.get(Events).recordWith(this.app.database, tenantId, { type, subject }, change, [sequence]);
  }

  /** Makes what is due by now, until nothing is left of it. */
  async deliver(app = this.app): Promise<void> {
    await vi.waitFor(
      async () => {
        app.get(DeliveryWorker).wake();
        const [row] = await this.app.database.query<{ left: number }>(
          `SELECT count(*)::int AS left FROM webhook_deliveries WHERE due_at <= $1 OR lease_owner IS NOT NULL`,
          [this.app.clock.now()],
        );
        if (row?.left !== 0) throw new Error(`${row?.left} are left.`);
      },
      { timeout: 20_000, interval: 5 },
    );
  }

  log(tenantId: TenantId, webhookId: string): Promise<LoggedDelivery[]> {
    return this.app.get(DeliveryLog).list(tenantId, webhookId, { limit: 1000 });
  }

  replay(tenantId: TenantId, webhookId: string, id: string): Promise<boolean | null> {
    const database = this.app.get(Database).of(tenantId);
    return database.transaction((tx) => this.app.get(DeliveryLog).replay(tenantId, webhookId, id, tx));
  }

  replayFailed(tenantId: TenantId, webhookId: string, since: Date): Promise<{ count: number; hasMore: boolean }> {
    const database = this.app.get(Database).of(tenantId);
    return database.transaction((tx) => this.app.get(DeliveryLog).replayFailed(tenantId, webhookId, since, tx));
  }

  async close(): Promise<void> {
    await this.world.close();
    await this.receiver.close();
  }
}

/** @throws when the signature is not of this secret, the time not that of `at`, or anything was altered */
export function verified({ headers, body }: ReceivedRequest, secret: string, at: Date): Told {
  vi.useFakeTimers({ toFake: ['Date'], now: at });
  try {
    const id = String(headers['webhook-id']);
    const told = new Verifier(secret).verify(body, headers as Record<string, string>) as Omit<Told, 'id'>;
    return { id, ...told };
  } finally {
    vi.useRealTimers();
  }
}
