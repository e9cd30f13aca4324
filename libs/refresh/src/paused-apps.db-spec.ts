import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, type AuditAction } from '#libs/audit';
import { asTenantId } from '#libs/database';
import { claimDue } from '#libs/scheduling';
import {
  type Answer,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Circuits } from './circuits.js';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshModule } from './index.js';

let scene: ThirdPartyScene;
let other: TestApp;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  other = await scene.startAnother();
});
beforeEach(async () => {
  await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
  owner = await scene.newOwner();
  // What an earlier test left in memory is no longer believed.
  scene.app.clock.advance(3600);
});
afterAll(async () => {
  await other?.close();
  await scene?.close();
});

const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };
const renewed = json(200, fresh);
const refused = json(400, { error: 'invalid_grant' });
/** Those that were connected with such a token. */
const refusing =
  (token: string): Answer =>
  (request, response) => {
    const isRefused = new URLSearchParams(request.body).get('refresh_token') === token;
    return (isRefused ? refused : renewed)(request, response);
  };
const audited = async (action: AuditAction) =>
  (await scene.app.get(Audit).list(owner.tenantId, { action, subject: owner.appId, limit: 10 })).length;
const paused = async () => (await scene.app.get(Circuits).paused(owner.tenantId)).get(owner.appId);

/** Due one after the other. @param tokenOf by their numbers */
async function connect(count: number, tokenOf: (number: number) => string = () => 'refresh-1'): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const id = await scene.connect(owner, oauth2Credentials(scene.app, { refreshToken: tokenOf(number) }));
    await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [
      id,
      new Date(scene.app.clock.now().getTime() - 1000 + number),
    ]);
  }
}

/** What is due, in each process in turn: one by one, or all of it at once. */
async function work(apps = [scene.app], limit = 1): Promise<void> {
  const { clock, database } = scene.app;
  for (let turn = 0; ; turn += 1) {
    const request = { now: clock.now(), leaseEnd: clock.in(45), owner: 'worker', limit };
    const rows = await claimDue(database, 'connections', request);
    if (rows.length === 0) return;
    const refresh = (apps[turn % apps.length] ?? scene.app).get(ConnectionRefresh);
    await Promise.all(rows.map((row) => refresh.run({ ...row, tenantId: asTenantId(row.tenantId) })));
  }
}

async function workFor(seconds: number, apps?: TestApp[]): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 30) {
    scene.app.clock.advance(30);
    await work(apps);
  }
}

async function statuses(): Promise<Record<string, number>> {
  const rows = await scene.app.database.query<{ status: string; count: number }>(
    `SELECT status, count(*)::integer AS count FROM connections WHERE tenant_id = $1 GROUP BY status`,
    [owner.tenantId],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

describe('an app that refuses everybody', () => {
  it('is paused from the twentieth on: nobody more is called in, and the operator is told once, with the reason', async () => {
    await connect(30);
    scene.server.answerWith(refused);
    await work();
    expect(scene.server.requests).toHaveLength(20);
    await workFor(600);
    expect(await statuses()).toEqual({ needs_reauth: 19, connected: 11 });
    expect(scene.server.requests.length).toBeLessThanOrEqual(20 + 20);
    expect((await paused())?.reason).toContain('It refuses nearly everybody');
    expect(await audited('refresh.paused')).toBe(1);
  });

  it('at once is too, however many were asked for at the same time', async () => {
    await connect(1);
    scene.server.answerWith(renewed);
    await work();
    await connect(48);
    scene.server.answerWith(refused);
    await work([scene.app], 48);
    const { needs_reauth: marked = 0 } = await statuses();
    // The one that was renewed counts against the refusals.
    expect(marked).toBe(19);
  });

  it('for a while renews everybody who was not called in, soon after it is mended', async () => {
    await connect(30);
    scene.server.answerWith(refused);
    await work();
    await workFor(300);
    scene.server.answerWith(renewed);
    await workFor(120);
    expect(await statuses()).toEqual({ needs_reauth: 19, connected: 11 });
    const rows = await scene.app.database.query(
      `SELECT 1 FROM connections WHERE tenant_id = $1 AND status = 'connected' AND expires_at > $2`,
      [owner.tenantId, scene.app.clock.in(3600)],
    );
    expect(rows).toHaveLength(11);
    expect(await audited('refresh.resumed')).toBe(1);
  });

  it('for more than an hour is believed, also where two processes heard of it: all are called in', async () => {
    await connect(45);
    scene.server.answerWith(refused);
    const apps = [scene.app, other];
    await work(apps);
    await workFor(3000, apps);
    expect((await statuses()).needs_reauth).toBeLessThanOrEqual(2 * 19);
    await workFor(3600, apps);
    expect(await statuses()).toEqual({ needs_reauth: 45 });
    expect(await paused()).toBeUndefined();
  });
});

describe('users who ended their authorization', () => {
  it('are called in at once, however many, among others who are renewed', async () => {
    await connect(75, (number) => (number % 3 === 0 ? 'ended' : 'refresh-1'));
    scene.server.answerWith(refusing('ended'));
    await work();
    expect(await statuses()).toEqual({ needs_reauth: 25, connected: 50 });
    expect(await audited('refresh.paused')).toBe(0);
  });

  it('as far as is known, since the answer to their last refresh was lost, are called in at once', async () => {
    await connect(25);
    const attempt = `attempts = 1, attempt_version = 1, attempt_at = $2, first_attempt_at = $2, expires_at = $2`;
    await scene.app.database.query(`UPDATE connections SET ${attempt} WHERE tenant_id = $1`, [
      owner.tenantId,
      scene.app.clock.in(-3600),
    ]);
    scene.server.answerWith(refused);
    await work();
    expect(await statuses()).toEqual({ needs_reauth: 25 });
    expect(await paused()).toBeUndefined();
  });
});

describe('a paused app', () => {
  it('has hardly more than 200 connections a second look whether it works again, however many wait for it', async () => {
    const circuits = scene.app.get(Circuits);
    await circuits.failed({ ...owner, id: owner.userId }, 'client', 'refused');
    const perSecond = new Map<number, number>();
    for (let waiting = 0; waiting < 20_000; waiting += 1) {
      const second = Math.floor(((await circuits.enter(owner.tenantId, owner.appId))?.getTime() ?? Number.NaN) / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    // At first they are spread at random as well.
    expect(Math.max(...perSecond.values())).toBeLessThan(900);
    expect(perSecond.size).toBeGreaterThanOrEqual(20_000 / 200 - 20);
  });
});
