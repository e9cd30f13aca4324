import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Audit } from '#libs/audit';
import { newId, type TenantId } from '#libs/database';
import { type Answer, createTenant, startHttpServer, type TestApp } from '#libs/testing';
import { DeliveryWorker, Webhooks } from '#libs/webhooks';
import { ok, OPERATOR, status, verified, WebhookScene } from './webhook-scene.js';

const DAY = 86_400;

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

const hang: Answer = () => undefined;
const reset: Answer = (_, response) => response.destroy();
const now = () => app.clock.now();
const received = () => scene.receiver.requests;
const find = async (id: string) => (await app.get(Webhooks).find(tenantId, id))?.webhook;
const logOf = async (id: string) => (await scene.log(tenantId, id))[0];
const move = (id: string) =>
  app.get(Webhooks).change(tenantId, id, { url: `${scene.receiver.origin}/moved` }, OPERATOR, 'owner');
/** Seconds until the only delivery is due. */
const wait = async (id: string) => ((await logOf(id))?.dueAt?.getTime() ?? Number.NaN) / 1000 - now().getTime() / 1000;

describe('an attempt', () => {
  it('is a POST of JSON that the reference library verifies, and none other', async () => {
    const { id, secret } = await scene.subscribe(tenantId);
    const other = await scene.subscribe(tenantId, ['webhook.disabled']);
    const subject = newId();
    await scene.happen(tenantId, subject, 7);
    await scene.deliver();
    const [request] = received();
    if (!request) throw new Error('Nothing came.');
    expect(request).toMatchObject({ method: 'POST', url: '/hook', headers: { 'content-type': 'application/json' } });
    const told = verified(request, secret, now());
    expect(told).toEqual({
      id: (await logOf(id))?.id,
      type: 'run.failed',
      timestamp: now().toISOString(),
      data: { about: 'it', sequence: 7 },
    });
    const bad = [
      { ...request, body: request.body.replace('it', 'at') },
      { ...request, headers: { ...request.headers, 'webhook-id': newId() } },
      { ...request, headers: { ...request.headers, 'webhook-timestamp': String(Math.floor(+now() / 1000) + 1) } },
    ];
    for (const altered of bad) expect(() => verified(altered, secret, now())).toThrow('No matching signature');
    expect(() => verified(request, other.secret, now())).toThrow('No matching signature');
    expect(() => verified(request, secret, app.clock.in(301))).toThrow('too old');
  });

  it.each([
    ['a 500', status(500), { responseStatus: 500, error: 'It answered 500.' }],
    ['a redirect, which is not followed', status(301, { location: '/elsewhere' }), { responseStatus: 301 }],
    ['a 404', status(404), { responseStatus: 404 }],
    ['a connection that breaks', reset, { responseStatus: null, error: expect.stringContaining('broke') }],
  ])('that ends with %s is made again, five seconds later, under its id', async (_, answer, logged) => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(answer);
    await scene.happen(tenantId, newId());
    await scene.deliver();
    expect(await logOf(id)).toMatchObject({ state: 'pending', attempts: 1, ...logged });
    expect(await wait(id)).toBeGreaterThanOrEqual(4.5);
    expect(await wait(id)).toBeLessThanOrEqual(5.5);
    const [first] = received();
    scene.receiver.answerWith(ok);
    app.clock.advance(6);
    await scene.deliver();
    expect(received().map(({ url }) => url)).toEqual(['/hook']);
    expect(received()[0]?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(await logOf(id)).toMatchObject({ state: 'delivered', attempts: 2, responseStatus: 204, error: null });
  });

  it.each([
    ['seconds', (seconds: number) => String(seconds)],
    ['a date', (seconds: number) => app.clock.in(seconds).toUTCString()],
  ])('that is asked for a pause in %s is made after it, and nothing else is until then', async (_, header) => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(429, { 'retry-after': header(100) }));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    expect(await wait(id)).toBe(100);
    scene.receiver.answerWith(ok);
    await scene.happen(tenantId, newId());
    await scene.deliver();
    app.clock.advance(99);
    await scene.deliver();
    expect(received()).toEqual([]);
    app.clock.advance(1);
    await scene.deliver();
    expect(received()).toHaveLength(2);
    expect((await scene.log(tenantId, id)).map(({ attempts }) => attempts)).toEqual([1, 2]);
  });

  it('is made ten hours later at the latest, whatever pause is asked for', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(503, { 'retry-after': '99999999' }));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    expect(await wait(id)).toBe(36_000);
  });

  it('is one of eight, over 25 to 31 hours; after the last the delivery has failed', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(500));
    await scene.happen(tenantId, newId());
    const begun = now();
    const waits: number[] = [];
    await scene.deliver();
    while ((await logOf(id))?.dueAt) {
      waits.push(await wait(id));
      app.clock.advance((await wait(id)) + 0.001);
      await scene.deliver();
    }
    expect(received()).toHaveLength(8);
    const schedule = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];
    waits.forEach((seconds, index) => {
      expect(seconds / (schedule[index] ?? 0)).toBeGreaterThan(0.79);
      expect(seconds / (schedule[index] ?? 0)).toBeLessThan(1.21);
    });
    expect((now().getTime() - begun.getTime()) / 3_600_000).toBeGreaterThan(24.8);
    expect((now().getTime() - begun.getTime()) / 3_600_000).toBeLessThan(30.4);
    expect(await logOf(id)).toMatchObject({ state: 'failed', attempts: 8, dueAt: null });
    expect(new Set(received().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(received().map(({ headers }) => headers['webhook-timestamp'])).size).toBe(8);
  });
});

describe('an endpoint', () => {
  it('that hangs with a thousand deliveries keeps no other waiting, of the same tenant or of another', async () => {
    const slow = await startHttpServer();
    slow.answerWith(hang);
    const another = await createTenant(app);
    await scene.subscribe(tenantId, ['run.failed'], `${slow.origin}/hook`);
    for (let index = 0; index < 1000; index += 1) await scene.happen(tenantId, newId());
    const own = await scene.subscribe(tenantId, ['connection.deleted']);
    const others = await scene.subscribe(another.id);
    await scene.happen(tenantId, newId(), 1, 'connection.deleted');
    await scene.happen(another.id, newId());
    const worker = app.get(DeliveryWorker);
    await expect
      .poll(
        async () => {
          worker.wake();
          const logs = [...(await scene.log(tenantId, own.id)), ...(await scene.log(another.id, others.id))];
          return logs.map(({ state }) => state);
        },
        { timeout: 10_000 },
      )
      .toEqual(['delivered', 'delivered']);
    expect(slow.requests.length).toBeLessThanOrEqual(6);
    slow.answerWith(ok);
    await slow.close();
    await app.database.query(`DELETE FROM webhook_deliveries`);
    await scene.deliver();
  });

  it('that answers 410 is disabled at once: nothing more is sent, and the others and the audit know', async () => {
    const { id } = await scene.subscribe(tenantId);
    const watcher = await scene.subscribe(tenantId, ['webhook.disabled'], `${scene.receiver.origin}/watcher`);
    scene.receiver.answerWith((request, response) =>
      (request.url === '/watcher' ? ok : status(410))(request, response),
    );
    const subject = newId();
    for (const sequence of [1, 2]) await scene.happen(tenantId, subject, sequence);
    await scene.deliver();
    const [gone, notice, ...rest] = received();
    expect(rest).toEqual([]);
    expect(gone?.url).toBe('/hook');
    expect(notice && verified(notice, watcher.secret, now())).toMatchObject({
      type: 'webhook.disabled',
      data: { id, reason: 'gone' },
    });
    expect(await find(id)).toMatchObject({ disabledAt: now(), disabledReason: 'gone' });
    const entries = await app.get(Audit).list(tenantId, { action: 'webhook.disabled', limit: 10 });
    expect(entries).toMatchObject([{ subject: id, details: { reason: 'gone' } }]);
    expect((await scene.log(tenantId, id)).map(({ state }) => state)).toEqual(['failed', 'failed']);
    await scene.happen(tenantId, newId());
    expect(await scene.log(tenantId, id)).toHaveLength(2);
  });

  it('at which nothing arrives for five days is disabled; one success in between, and it is not', async () => {
    const failing = await scene.subscribe(tenantId, ['run.failed'], `${scene.receiver.origin}/failing`);
    const flaky = await scene.subscribe(tenantId, ['run.failed'], `${scene.receiver.origin}/flaky`);
    for (let day = 0; day < 6; day += 1) {
      const isGood = day === 3;
      scene.receiver.answerWith((request, response) =>
        (request.url === '/flaky' && isGood ? ok : status(500))(request, response),
      );
      expect(await find(failing.id)).toMatchObject({ disabledAt: null });
      await scene.happen(tenantId, newId());
      await scene.deliver();
      app.clock.advance(DAY);
    }
    expect(await find(failing.id)).toMatchObject({ disabledReason: 'failing' });
    expect(await find(flaky.id)).toMatchObject({ disabledReason: null });
  });

  it('that is switched on again begins anew, and what failed can be replayed', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(410));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    await app.get(Webhooks).change(tenantId, id, { isEnabled: true }, OPERATOR, 'owner');
    expect(await find(id)).toMatchObject({ disabledAt: null, disabledReason: null, failingSince: null });
    scene.receiver.answerWith(ok);
    expect(await scene.replayFailed(tenantId, id, app.clock.in(-60))).toEqual({
      count: 1,
      hasMore: false,
    });
    await scene.deliver();
    expect(await logOf(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('that gets another URL begins anew: neither a pause nor five days of failures of that before count', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(503, { 'retry-after': '7200' }));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    await scene.happen(tenantId, newId());
    await scene.deliver();
    expect(received()).toHaveLength(1);
    await app.database.query(`UPDATE webhooks SET failing_since = $2 WHERE id = $1`, [id, app.clock.in(-6 * DAY)]);
    await move(id);
    expect(await find(id)).toMatchObject({ failingSince: null, pausedUntil: null });
    scene.receiver.answerWith(status(500));
    await scene.deliver();
    expect(received().map(({ url }) => url)).toEqual(['/moved', '/moved']);
    expect(await find(id)).toMatchObject({ disabledAt: null, failingSince: now() });
    expect((await scene.log(tenantId, id)).map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  it.each([
    ['410', status(410)],
    ['503 with Retry-After', status(503, { 'retry-after': '7200' })],
    ['nothing', reset],
  ])(
    'that gets another URL while that of before is asked is told there, although that one answers %s',
    async (_, of) => {
      const { id } = await scene.subscribe(tenantId);
      const held: (() => unknown)[] = [];
      scene.receiver.answerWith((request, response) => {
        if (request.url === '/moved') ok(request, response);
        else held.push(() => of(request, response));
      });
      await scene.happen(tenantId, newId());
      app.get(DeliveryWorker).wake();
      await vi.waitFor(() => expect(received()).toHaveLength(1), { timeout: 20_000 });
      await move(id);
      held.forEach((answer) => answer());
      await scene.deliver();
      expect(received().map(({ url }) => url)).toEqual(['/hook', '/moved']);
      expect(await find(id)).toMatchObject({ disabledAt: null, failingSince: null, pausedUntil: null });
      expect(await logOf(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    },
  );

  it('that is disabled stays so with another URL, until it is enabled', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(410));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    await move(id);
    expect(await find(id)).toMatchObject({ disabledReason: 'gone' });
  });

  it('that is deleted gets nothing more, not even what was on its way', async () => {
    const { id } = await scene.subscribe(tenantId);
    scene.receiver.answerWith(status(500));
    await scene.happen(tenantId, newId());
    await scene.deliver();
    await app.get(Webhooks).remove(tenantId, id, OPERATOR);
    app.clock.advance(6);
    await scene.deliver();
    expect(received()).toHaveLength(1);
    expect(await app.database.query(`SELECT 1 FROM webhook_deliveries`)).toEqual([]);
    expect(
      await app.database.query(`SELECT 1 FROM vault_secrets WHERE kind = 'webhook' AND row_id = $1`, [id]),
    ).toEqual([]);
  });
});
