import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { newId, type TenantId } from '#libs/database';
import { createTenant, type TestApp } from '#libs/testing';
import { TenantErasure } from '#libs/tenants';
import { Shredding } from '#libs/vault';
import { DeliveryLog, Webhooks } from '#libs/webhooks';
import { ok, OPERATOR, verified, WebhookScene } from './webhook-scene.js';

const DAY = 86_400;

let scene: WebhookScene;
let app: TestApp;
let webhooks: Webhooks;
let log: DeliveryLog;
let tenantId: TenantId;

beforeAll(async () => {
  scene = await WebhookScene.start();
  app = scene.app;
  webhooks = app.get(Webhooks);
  log = app.get(DeliveryLog);
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM webhook_deliveries`);
  tenantId = (await createTenant(app)).id;
  scene.receiver.answerWith(ok);
});
afterAll(() => scene?.close());

const replace = async (id: string, overlapSeconds: number) => {
  const replaced = await webhooks.replaceSecret(tenantId, id, overlapSeconds, OPERATOR);
  return replaced?.secret.reveal() ?? '';
};
/** Which of the secrets verify the next delivery. */
async function verifying(secrets: readonly string[]): Promise<boolean[]> {
  scene.receiver.answerWith(ok);
  await scene.happen(tenantId, newId());
  await scene.deliver();
  const [request] = scene.receiver.requests;
  if (!request) throw new Error('Nothing came.');
  return secrets.map((secret) => {
    try {
      return verified(request, secret, app.clock.now()).type === 'run.failed';
    } catch {
      return false;
    }
  });
}

describe('a new secret', () => {
  it('signs beside that of before for as long as was asked, and then alone', async () => {
    const { id, secret: first } = await scene.subscribe(tenantId);
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const second = await replace(id, 100);
    expect(await verifying([first, second])).toEqual([true, true]);
    app.clock.advance(99);
    expect(await verifying([first, second])).toEqual([true, true]);
    app.clock.advance(1);
    expect(await verifying([first, second])).toEqual([false, true]);
  });

  it('signs alone at once where no overlap was asked for', async () => {
    const { id, secret: first } = await scene.subscribe(tenantId);
    expect(await verifying([first, await replace(id, 0)])).toEqual([false, true]);
  });

  it('lengthens the life of none', async () => {
    const { id, secret: first } = await scene.subscribe(tenantId);
    const second = await replace(id, 10);
    const third = await replace(id, 1000);
    app.clock.advance(10);
    expect(await verifying([first, second, third])).toEqual([false, true, true]);
  });

  it('is refused when five are valid, until one of them ends', async () => {
    const { id } = await scene.subscribe(tenantId);
    for (let count = 1; count < 5; count += 1) await replace(id, 100);
    await expect(replace(id, 100)).rejects.toMatchObject({ code: 'conflict' });
    expect(await replace(id, 0)).toMatch(/^whsec_/);
  });

  it('of three that are asked for at once is not lost', async () => {
    const { id } = await scene.subscribe(tenantId);
    const secrets = await Promise.all([replace(id, 100), replace(id, 100), replace(id, 100)]);
    expect(await verifying(secrets)).toEqual([true, true, true]);
  });
});

describe('an endpoint', () => {
  it('is sealed: neither its URL nor its secrets stand in a table', async () => {
    const { id, secret } = await scene.subscribe(tenantId, null, `${scene.receiver.origin}/hook?key=url-secret`);
    const rows = await app.database.query(
      `SELECT row_to_json(webhooks)::text AS row FROM webhooks WHERE id = $1 UNION ALL
       SELECT encode(sealed, 'escape') FROM vault_secrets WHERE row_id = $1::text UNION ALL
       SELECT row_to_json(audit_entries)::text FROM audit_entries WHERE subject = $1::text`,
      [id],
    );
    expect(rows).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain('url-secret');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
    expect((await webhooks.find(tenantId, id))?.url).toContain('url-secret');
  });

  it('is one of ten at most, however many are asked for at once', async () => {
    const made = await Promise.allSettled(Array.from({ length: 13 }, () => scene.subscribe(tenantId)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await webhooks.list(tenantId)).toHaveLength(10);
  });

  it('of another tenant is not there, for whatever is asked of it', async () => {
    const { id } = await scene.subscribe(tenantId);
    await scene.happen(tenantId, newId());
    await scene.deliver();
    const [delivery] = await scene.log(tenantId, id);
    await app.database.query(`UPDATE webhook_deliveries SET state = 'failed'`);
    const stranger = (await createTenant(app)).id;
    expect(await webhooks.find(stranger, id)).toBeNull();
    expect(await webhooks.list(stranger)).toEqual([]);
    expect(await webhooks.change(stranger, id, { url: 'https://evil.test/' }, OPERATOR, 'owner')).toBe(false);
    expect(await webhooks.replaceSecret(stranger, id, 0, OPERATOR)).toBeNull();
    expect(await webhooks.remove(stranger, id, OPERATOR)).toBe(false);
    expect(await log.list(stranger, id, { limit: 10 })).toEqual([]);
    expect(await scene.replay(stranger, id, delivery?.id ?? '')).toBeNull();
    expect(await scene.replayFailed(stranger, id, new Date(0))).toEqual({ count: 0, hasMore: false });
    expect((await webhooks.find(tenantId, id))?.url).toBe(`${scene.receiver.origin}/hook`);
    expect(await scene.log(tenantId, id)).toMatchObject([{ state: 'failed' }]);
  });

  it('goes with its tenant, and all that was told', async () => {
    const { id } = await scene.subscribe(tenantId);
    await scene.happen(tenantId, newId());
    await app.database.query(`UPDATE tenants SET deleted_at = $2 WHERE id = $1`, [tenantId, app.clock.now()]);
    await app.get(TenantErasure).runDue();
    expect(await app.database.query(`SELECT 1 FROM webhook_deliveries`)).toEqual([]);
    expect(await app.database.query(`SELECT 1 FROM webhooks WHERE id = $1`, [id])).toEqual([]);
  });

  it('is told nothing any more from the commit on that destroys its tenant', async () => {
    await scene.subscribe(tenantId);
    await scene.happen(tenantId, newId());
    const [tenant] = await app.database.query<{ slug: string }>(`SELECT slug FROM tenants WHERE id = $1`, [tenantId]);
    const shredding = app.get(Shredding);
    await app.database.transaction((tx) => shredding.shred({ tenantId, slug: tenant?.slug ?? '' }, SYSTEM_ACTOR, tx));
    shredding.takeEffect(tenantId);
    await scene.deliver();
    expect(scene.receiver.requests).toEqual([]);
  });
});

describe('the log', () => {
  it('is read in pages, newest first, by state', async () => {
    const { id } = await scene.subscribe(tenantId);
    for (let sequence = 1; sequence <= 5; sequence += 1) await scene.happen(tenantId, newId(), sequence);
    await scene.deliver();
    const first = await log.list(tenantId, id, { limit: 2 });
    const rest = await log.list(tenantId, id, { limit: 10, before: first[1]?.id });
    expect([...first, ...rest].map(({ sequence }) => sequence)).toEqual([5, 4, 3, 2, 1]);
    expect(await log.list(tenantId, id, { limit: 10, state: 'pending' })).toEqual([]);
    expect(await log.list(tenantId, id, { limit: 10, state: 'delivered' })).toHaveLength(5);
  });

  it('is kept for 30 days, and taken away no more at once than was asked for', async () => {
    await scene.subscribe(tenantId);
    for (let sequence = 1; sequence <= 3; sequence += 1) await scene.happen(tenantId, newId(), sequence);
    await scene.deliver();
    app.clock.advance(30 * DAY);
    expect(await log.deleteExpired(10)).toBe(0);
    app.clock.advance(1);
    expect(await log.deleteExpired(2)).toBe(2);
    expect(await log.deleteExpired(2)).toBe(1);
  });
});

describe('a replay', () => {
  it('of one that was delivered sends the same again, under its id', async () => {
    const { id, secret } = await scene.subscribe(tenantId);
    await scene.happen(tenantId, newId());
    await scene.deliver();
    const [delivery] = await scene.log(tenantId, id);
    const [first] = scene.receiver.requests;
    scene.receiver.answerWith(ok);
    app.clock.advance(8 * DAY);
    expect(await scene.replay(tenantId, id, delivery?.id ?? '')).toBe(true);
    await scene.deliver();
    const [again] = scene.receiver.requests;
    expect(again?.body).toBe(first?.body);
    expect(again && verified(again, secret, app.clock.now()).id).toBe(delivery?.id);
  });

  it('of one that is under way is refused, and of one that there is not, too', async () => {
    const { id } = await scene.subscribe(tenantId);
    await scene.happen(tenantId, newId());
    const [delivery] = await scene.log(tenantId, id);
    await app.database.query(`UPDATE webhook_deliveries SET lease_until = $1, lease_owner = 'somebody'`, [
      app.clock.in(10),
    ]);
    expect(await scene.replay(tenantId, id, delivery?.id ?? '')).toBe(false);
    expect(await scene.replay(tenantId, id, newId())).toBeNull();
    expect(await scene.replay(tenantId, id, 'no uuid')).toBeNull();
  });

  it('of those that failed takes none from before the time that is named, and none that did not fail', async () => {
    const { id } = await scene.subscribe(tenantId);
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      await scene.happen(tenantId, newId(), sequence);
      app.clock.advance(60);
    }
    await scene.deliver();
    await app.database.query(`UPDATE webhook_deliveries SET state = 'failed' WHERE sequence <> 4`);
    expect(await scene.replayFailed(tenantId, id, app.clock.in(-200))).toEqual({ count: 2, hasMore: false });
    scene.receiver.answerWith(ok);
    await scene.deliver();
    expect(new Set(scene.receiver.requests.map(({ body }) => JSON.parse(body).data.sequence))).toEqual(new Set([2, 3]));
  });
});

it('a test is sent to one endpoint alone, whatever it subscribes to', async () => {
  const { id, secret } = await scene.subscribe(tenantId, ['run.failed']);
  await scene.subscribe(tenantId, null, `${scene.receiver.origin}/other`);
  const delivery = await log.test(tenantId, id);
  await scene.deliver();
  expect(scene.receiver.requests).toHaveLength(1);
  const [request] = scene.receiver.requests;
  expect(request && verified(request, secret, app.clock.now())).toMatchObject({
    id: delivery,
    type: 'webhook.test',
    data: { webhook: id },
  });
});
