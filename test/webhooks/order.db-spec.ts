import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type TenantId } from '#libs/database';
import { createTenant, startHttpServer, type TestApp } from '#libs/testing';
import { DeliveryWorker } from '#libs/webhooks';
import { ok, status, WebhookScene } from './webhook-scene.js';

/** The longest wait of the schedule, and its jitter. */
const LONGEST_WAIT = 39_600;

let scene: WebhookScene;
let app: TestApp;
let tenantId: TenantId;

beforeAll(async () => {
  scene = await WebhookScene.start();
  app = scene.app;
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM webhook_deliveries`);
  tenantId = (await createTenant(app)).id;
  scene.receiver.answerWith(ok);
});
afterAll(() => scene?.close());

const received = () => scene.receiver.requests;
const undelivered = async () =>
  (await app.database.query(`SELECT 1 FROM webhook_deliveries WHERE state = 'pending'`)).length;

describe('deliveries about one subject', () => {
  it('are made in order: a later one waits for one that is tried again', async () => {
    await scene.subscribe(tenantId);
    const subject = newId();
    scene.receiver.answerWith(status(500));
    for (const sequence of [1, 2, 3]) await scene.happen(tenantId, subject, sequence);
    await scene.deliver();
    expect(received()).toHaveLength(1);
    scene.receiver.answerWith(ok);
    await scene.happen(tenantId, newId(), 9);
    await scene.deliver();
    app.clock.advance(6);
    await scene.deliver();
    expect(received().map(({ body }) => JSON.parse(body).data.sequence)).toEqual([9, 1, 2, 3]);
  });

  it('go on when one is given up', async () => {
    await scene.subscribe(tenantId);
    const subject = newId();
    scene.receiver.answerWith((request, response) => {
      (JSON.parse(request.body).data.sequence === 1 ? status(500) : ok)(request, response);
    });
    for (const sequence of [1, 2]) await scene.happen(tenantId, subject, sequence);
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await scene.deliver();
      app.clock.advance(LONGEST_WAIT);
    }
    expect(received().map(({ body }) => JSON.parse(body).data.sequence)).toEqual([...Array(8).fill(1), 2]);
  });

  it('arrive in order whatever two workers and a bad receiver do', async () => {
    await using other = await scene.world.startAnother();
    await scene.subscribe(tenantId);
    const subjects = [newId(), newId(), newId(), newId()];
    const tries = new Map<string, number>();
    scene.receiver.answerWith((request, response) => {
      const id = String(request.headers['webhook-id']);
      const { sequence } = JSON.parse(request.body).data;
      const tried = (tries.get(id) ?? 0) + 1;
      tries.set(id, tried);
      // Each delivery fails as often as its own sequence says, whatever order they come in: none by bad luck so often that its next try is hours away.
      if (tried <= sequence % 3) return status(500)(request, response);
      return setTimeout(() => ok(request, response), (sequence * tries.size) % 7);
    });
    for (let sequence = 1; sequence <= 15; sequence += 1)
      for (const subject of subjects) await scene.happen(tenantId, subject, sequence);
    for (let round = 0; round < 40 && (await undelivered()) > 0; round += 1) {
      await Promise.all([scene.deliver(), scene.deliver(other)]);
      app.clock.advance(400);
    }
    const rows = await app.database.query<{ id: string; subject: string; sequence: number }>(
      `SELECT id, subject, sequence FROM webhook_deliveries WHERE state = 'delivered'`,
    );
    expect(rows).toHaveLength(60);
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const subject of subjects) {
      const sequences = received()
        .map(({ headers }) => byId.get(String(headers['webhook-id'])))
        .flatMap((row) => (row?.subject === subject ? [row.sequence] : []));
      expect(sequences).toEqual(sequences.toSorted((one, next) => one - next));
    }
  });
});

it('a worker that is gone is followed by another, which sends under the same id; what the first learns later changes nothing', async () => {
  await using gone = await scene.world.startAnother();
  const endpoint = await startHttpServer();
  const { id } = await scene.subscribe(tenantId, null, `${endpoint.origin}/hook`);
  endpoint.answerWith(() => undefined);
  await scene.happen(tenantId, newId());
  gone.get(DeliveryWorker).wake();
  await expect.poll(() => endpoint.requests.length).toBe(1);
  const [first] = endpoint.requests;
  endpoint.answerWith(ok);
  app.clock.advance(30);
  await scene.deliver();
  expect(endpoint.requests[0]?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  await endpoint.close();
  await gone.get(DeliveryWorker).stop();
  expect(await scene.log(tenantId, id)).toMatchObject([{ state: 'delivered', attempts: 1, error: null }]);
});
