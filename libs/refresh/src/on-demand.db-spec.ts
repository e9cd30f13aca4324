import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connections, FreshCredentials, type Connection } from '#libs/connections';
import {
  type ConnectionOwner,
  json,
  oauth2Credentials,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { RefreshModule, RefreshWorker } from './index.js';

let scene: ThirdPartyScene;
let other: TestApp;
let connections: Connections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  other = await scene.startAnother();
  connections = scene.app.get(Connections);
});
beforeEach(async () => {
  await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
  owner = await scene.newOwner();
  id = await scene.connect(owner);
  // Nothing but a demand for it brings the loop to it.
  await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
});
afterAll(async () => {
  await other?.close();
  await scene?.close();
});

const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };

async function find(): Promise<Connection> {
  const connection = await connections.byId(owner.tenantId, id);
  if (!connection) throw new Error('The connection is gone.');
  return connection;
}

async function take(app: TestApp = scene.app): Promise<string | null> {
  const credentials = (await app.get(FreshCredentials).take(await find())).reveal();
  return credentials.kind === 'oauth2' ? credentials.accessToken : null;
}

/** The refresh loops of both processes go on until the work is over. */
async function withWorkers<Result>(work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const ticking = (async () => {
    while (!over.signal.aborted) {
      for (const app of [scene.app, other]) app.get(RefreshWorker).wake();
      await pause(10);
    }
  })();
  try {
    return await work;
  } finally {
    over.abort();
    await ticking;
  }
}

const untilAsked = async () => {
  while ((await find()).dueAt === null) await pause(5);
};

describe('a token that has ended, and is needed', () => {
  it('by 50 callers in two processes is asked for once, and all get the new one', async () => {
    scene.app.clock.advance(3601);
    scene.server.answerWith(json(200, fresh));
    const taken = await withWorkers(
      Promise.all(Array.from({ length: 50 }, (_, index) => take(index % 2 === 0 ? scene.app : other))),
    );
    expect(new Set(taken)).toEqual(new Set(['access-2']));
    expect(scene.server.requests).toHaveLength(1);
  });

  it('is refused as the third party’s failure when that does not renew it', async () => {
    scene.app.clock.advance(3601);
    scene.server.answerWith(json(500, {}));
    const taken = withWorkers(take());
    await expect(taken).rejects.toMatchObject({ code: 'third_party_failed', message: expect.stringContaining('500') });
    // Degraded by now: whoever comes next does not wait, and does not make the loop ask again.
    await expect(take()).rejects.toMatchObject({ code: 'third_party_failed' });
    expect(scene.server.requests).toHaveLength(1);
  });

  it('is refused as the user’s to mend when the grant is gone', async () => {
    scene.app.clock.advance(3601);
    scene.server.answerWith(json(400, { error: 'invalid_grant' }));
    await expect(withWorkers(take())).rejects.toMatchObject({ code: 'invalid' });
  });

  it('is refused with a time to come back when nobody renews it for half a minute', async () => {
    scene.app.clock.advance(3601);
    const taken = take();
    await untilAsked();
    scene.app.clock.advance(31);
    await expect(taken).rejects.toMatchObject({ code: 'refresh_in_progress', retryAfterSeconds: 5 });
  });

  it('and is disconnected meanwhile is refused', async () => {
    scene.app.clock.advance(3601);
    const taken = take();
    await untilAsked();
    await connections.remove(owner.tenantId, owner.userId, id);
    await expect(taken).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a token that ends in a moment', () => {
  it('is renewed before it is used', async () => {
    scene.app.clock.advance(3540);
    scene.server.answerWith(json(200, fresh));
    expect(await withWorkers(take())).toBe('access-2');
  });

  it('is used as it is when the third party does not renew it', async () => {
    scene.app.clock.advance(3545);
    scene.server.answerWith(json(500, {}));
    expect(await withWorkers(take())).toBe('access-1');
  });

  it('is used as it is when nobody renews it', async () => {
    scene.app.clock.advance(3545);
    const taken = take();
    await untilAsked();
    scene.app.clock.advance(31);
    expect(await taken).toBe('access-1');
  });
});

describe('credentials that need nothing', () => {
  it('are handed out at once: a token that is good, one without an end, one that can not be renewed, a key', async () => {
    expect(await take()).toBe('access-1');
    for (const changes of [
      { expiresAt: null },
      { refreshToken: null, expiresAt: scene.app.clock.in(-1).toISOString() },
    ]) {
      id = await scene.connect(owner, oauth2Credentials(scene.app, changes));
      await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
      expect(await take()).toBe('access-1');
    }
    id = await scene.connect(owner, { kind: 'apiKey', value: 'key' });
    expect(await take()).toBeNull();
    expect((await find()).dueAt).toBeNull();
  });
});
