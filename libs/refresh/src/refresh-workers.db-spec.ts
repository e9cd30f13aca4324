import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Config } from '#libs/config';
import { Connections } from '#libs/connections';
import {
  type Answer,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { RefreshModule, RefreshWorker } from './index.js';
import { REFRESHES_PER_TENANT } from './refresh-worker.js';

let scene: ThirdPartyScene;
let connections: Connections;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  connections = scene.app.get(Connections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const makeDue = (due: string) =>
  scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [due, scene.app.clock.now()]);
const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };

/** Strict: a refresh token that was spent before ends the grant. */
function rotating(): Answer {
  const spent = new Map<string, number>();
  return (request, response) => {
    const token = new URLSearchParams(request.body).get('refresh_token') ?? '';
    const uses = (spent.get(token) ?? 0) + 1;
    spent.set(token, uses);
    const answer =
      uses === 1 ? json(200, { ...fresh, refresh_token: `${token}+` }) : json(400, { error: 'invalid_grant' });
    answer(request, response);
  };
}

describe('two processes', () => {
  it('that are woken at once ask once for each of 30 connections, and none is lost', async () => {
    await using other = await scene.startAnother();
    const ids = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const made = await scene.connect(owner, oauth2Credentials(scene.app, { refreshToken: `many-${index}` }));
        await makeDue(made);
        return made;
      }),
    );
    scene.server.answerWith(rotating());
    const workers = [scene.app.get(RefreshWorker), other.get(RefreshWorker)];
    for (let leased = 0; leased > 0 || scene.server.requests.length < ids.length;) {
      for (const worker of workers) worker.wake();
      // Not while one is at work: its lease would end before its answer comes.
      if (leased === 0) scene.app.clock.advance(1);
      await turn();
      const held = await scene.app.database.query(
        `SELECT id FROM connections WHERE tenant_id = $1 AND lease_until IS NOT NULL`,
        [owner.tenantId],
      );
      leased = held.length;
    }
    const asked = scene.server.requests.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
    expect(new Set(asked)).toEqual(new Set(ids.map((_, index) => `many-${index}`)));
    expect(asked).toHaveLength(ids.length);
    for (const [index, one] of ids.entries()) {
      expect(await connections.byId(owner.tenantId, one)).toMatchObject({ status: 'connected' });
      const credentials = await connections.credentials(owner.tenantId, one);
      expect(credentials?.value.reveal()).toMatchObject({ refreshToken: `many-${index}+` });
    }
  });
});

const connectDue = async (whose: ConnectionOwner) => {
  const id = await scene.connect(whose);
  await makeDue(id);
  return id;
};

const wakingUntil = (condition: () => void | Promise<void>) =>
  vi.waitFor(
    async () => {
      scene.app.get(RefreshWorker).wake();
      await condition();
    },
    { timeout: 8000 },
  );

const asked = (count: number) => () => expect(scene.server.requests).toHaveLength(count);

const isRefreshed = ({ tenantId }: ConnectionOwner, id: string) =>
  wakingUntil(async () => {
    const held = await connections.credentials(tenantId, id);
    expect(held?.value.reveal()).toMatchObject({ refreshToken: 'refresh-2' });
  });

/** Of the owner's tenant, more than one tenant may have at once; while they are asked for, none of them can be stored. */
const askForMany = (meanwhile: () => Promise<unknown>) =>
  scene.app.database.transaction(async (tx) => {
    const ids = await Promise.all(Array.from({ length: REFRESHES_PER_TENANT + 8 }, () => connectDue(owner)));
    await tx.query(`SELECT FROM vault_secrets WHERE tenant_id = $1 FOR UPDATE`, [owner.tenantId]);
    await meanwhile();
    return ids;
  });

describe('answers that wait for the database', () => {
  beforeEach(async () => {
    scene.server.answerWith(json(200, fresh));
    // Only once the app has answered, more than one is asked of it at a time.
    await isRefreshed(owner, await connectDue(owner));
  });

  it('keep nobody from being asked for others of their tenant, and are all stored', async () => {
    const count = 1 + REFRESHES_PER_TENANT + 8;
    const ids = await askForMany(() => wakingUntil(asked(count)));
    for (const id of ids) await isRefreshed(owner, id);
    asked(count)();
  });

  it('keep their places where the disk does not take them: of what a crash would lose there is no more than that', async () => {
    const journal = join(scene.app.get(Config).dataDir, 'refresh-journal');
    rmSync(journal, { recursive: true });
    writeFileSync(journal, 'in the way');
    const other = await scene.newOwner();
    const ids = await askForMany(async () => {
      await wakingUntil(asked(1 + REFRESHES_PER_TENANT));
      await isRefreshed(other, await connectDue(other));
      asked(1 + REFRESHES_PER_TENANT + 1)();
    });
    for (const id of ids) await isRefreshed(owner, id);
    rmSync(journal);
  });
});
