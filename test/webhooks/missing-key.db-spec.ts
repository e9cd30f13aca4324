import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newId } from '#libs/database';
import { createTenant } from '#libs/testing';
import { DeliveryWorker, Webhooks } from '#libs/webhooks';
import { verified, WebhookScene, ok } from './webhook-scene.js';

let scene: WebhookScene;

beforeAll(async () => {
  scene = await WebhookScene.start();
});
afterAll(() => scene?.close());

it('a delivery waits, unspent, for the key to its endpoint, which is not disabled for it', async () => {
  const { app, receiver } = scene;
  receiver.answerWith(ok);
  const { id: tenantId } = await createTenant(app);
  const { id, secret } = await scene.subscribe(tenantId);
  await scene.happen(tenantId, newId());
  // A data key that no memory has, under a key that no ring has.
  await app.database.query(`UPDATE data_keys SET key_id = 'lost-' || key_id, wrapped = wrapped || '\\x00'::bytea`);

  for (let look = 0; look < 20; look += 1) {
    app.get(DeliveryWorker).wake();
    await vi.waitFor(
      async () => {
        const [row] = await app.database.query(`SELECT version FROM webhook_deliveries`);
        expect(row).toEqual({ version: look + 1 });
      },
      { timeout: 20_000 },
    );
    app.clock.advance(86_400);
  }
  expect(await scene.log(tenantId, id)).toMatchObject([{ state: 'pending', attempts: 0, error: null }]);
  expect(await app.get(Webhooks).findSealed(tenantId, id)).toMatchObject({ disabledAt: null, failingSince: null });
  expect(receiver.requests).toEqual([]);

  await app.database.query(
    `UPDATE data_keys SET key_id = substring(key_id FROM 6), wrapped = substring(wrapped FOR length(wrapped) - 1)`,
  );
  await scene.deliver();
  expect(receiver.requests.map((request) => verified(request, secret, app.clock.now()).type)).toEqual(['run.failed']);
});
