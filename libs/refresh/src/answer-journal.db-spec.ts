import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CatalogModule } from '#libs/catalog';
import { Config } from '#libs/config';
import { Connections, ConnectionsModule, type SealedAnswer } from '#libs/connections';
import {
  type Answer,
  claimRow,
  type ConnectionOwner,
  json,
  startTestApp,
  startThirdPartyScene,
  temporaryFolder,
  type TemporaryFolder,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { AnswerJournal } from './answer-journal.js';
import { AnswerStoring } from './answer-storing.js';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshModule, RefreshWorker } from './index.js';

let scene: ThirdPartyScene;
let folder: TemporaryFolder;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
});
beforeEach(async () => {
  folder = temporaryFolder('journal');
  owner = await scene.newOwner();
  id = await scene.connect(owner);
  scene.server.answerWith(json(200, fresh));
});
afterEach(async () => {
  vi.restoreAllMocks();
  folder.remove();
});
afterAll(() => scene?.close());

const fresh = {
  access_token: 'canary-access',
  token_type: 'Bearer',
  expires_in: 7200,
  refresh_token: 'canary-refresh',
};
const files = () => readdirSync(join(folder.path, 'refresh-journal'));
const text = (name: string) => readFileSync(join(folder.path, 'refresh-journal', name), 'utf8');
const write = (name: string, content: string) => writeFileSync(join(folder.path, 'refresh-journal', name), content);
const held = async () => (await scene.app.get(Connections).credentials(owner.tenantId, id))?.value.reveal();
const query = (sql: string) => scene.app.database.query(sql);

/** A process that keeps its journal in the folder. */
function startOnFolder(): Promise<TestApp> {
  const { databaseUrl } = scene.app.get(Config);
  const imports = [CatalogModule, ConnectionsModule, RefreshModule];
  const { clock, keyring } = scene.app;
  return startTestApp({ databaseUrl: databaseUrl ?? '', imports, clock, keyring, dataDir: folder.path });
}

async function refresh(app: TestApp): Promise<void> {
  await query(`UPDATE connections SET due_at = NULL`);
  await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
  await app.get(ConnectionRefresh).run(await claimRow(app, 'connections', id));
}

/** From the moment of the answer on, until `back` is called, the database stores no secret. */
function away(): { answer: Answer; back: () => Promise<unknown> } {
  return {
    answer: async (request, response) => {
      await query(`ALTER TABLE vault_secrets RENAME TO vault_secrets_away`);
      return json(200, fresh)(request, response);
    },
    back: () => query(`ALTER TABLE vault_secrets_away RENAME TO vault_secrets`),
  };
}

async function untilWritten(): Promise<string> {
  for (;;) {
    const [name] = files();
    if (name !== undefined && text(name).endsWith('}\n')) return name;
    await turn();
  }
}

/** The answer is in the journal of a process that ends before the database is back. */
async function leaveAnAnswer(): Promise<string> {
  const app = await startOnFolder();
  const outage = away();
  scene.server.answerWith(outage.answer);
  const refreshing = refresh(app);
  const name = await untilWritten();
  app.get(AnswerStoring).leave();
  await refreshing;
  await app.close();
  await outage.back();
  return name;
}

describe('an answer that the database does not take', () => {
  it('is on disk by then, sealed, and stored as soon as the database does', async () => {
    await using app = await startOnFolder();
    const outage = away();
    scene.server.answerWith(outage.answer);
    const refreshing = refresh(app);
    const name = await untilWritten();
    expect(text(name)).toContain(id);
    for (const form of ['canary', Buffer.from('canary').toString('base64').slice(0, 7)])
      expect(text(name)).not.toContain(form);
    await outage.back();
    await refreshing;
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    expect(files()).toEqual([]);
    expect(scene.server.requests).toHaveLength(1);
  });

  it('is stored by the next process on this disk, when the first one ends', async () => {
    const name = await leaveAnAnswer();
    expect(files()).toEqual([name]);
    expect(await held()).toMatchObject({ refreshToken: 'refresh-1' });
    await using app = await startOnFolder();
    await app.get(AnswerStoring).storeLeft();
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    expect(await scene.app.get(Connections).byId(owner.tenantId, id)).toMatchObject({
      status: 'connected',
      expiresAt: scene.app.clock.in(7200),
      lastRefreshedAt: scene.app.clock.now(),
      attempts: 0,
    });
    expect(files()).toEqual([]);
  });

  it('is stored by the next worker before it asks anything', async () => {
    await leaveAnAnswer();
    await query(`UPDATE connections SET due_at = NULL, lease_until = NULL, attempts = 0, attempt_version = NULL`);
    const past = scene.app.clock.now();
    await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, past]);
    scene.server.answerWith(json(500, {}));
    await using app = await startOnFolder();
    const worker = app.get(RefreshWorker);
    worker.wake();
    while (files().length > 0) await turn();
    await worker.stop();
    expect(scene.server.requests).toHaveLength(0);
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
  });

  it('is stored once, and no harm is done, by two processes at once, twice each', async () => {
    const name = await leaveAnAnswer();
    const content = text(name);
    await using one = await startOnFolder();
    await using other = await startOnFolder();
    const storings = [one, other].map((app) => app.get(AnswerStoring));
    await Promise.all(storings.map((storing) => storing.storeLeft()));
    write(name, content);
    await Promise.all(storings.map((storing) => storing.storeLeft()));
    expect(await scene.app.get(Connections).credentials(owner.tenantId, id)).toMatchObject({ version: 2 });
    expect(await scene.app.database.query(`SELECT 1 FROM orphaned_answers WHERE connection_id = $1`, [id])).toEqual([]);
    expect(files()).toEqual([]);
  });
});

describe('a journal that holds what nobody can store', () => {
  it.each<[string, (content: string, of: string) => string]>([
    ['is cut short', (content) => content.slice(0, -40)],
    ['is empty', () => ''],
    ['is none', () => '{}'],
    ['was altered', (content) => content.replace(/"sealed":"..../, '"sealed":"AAAA')],
    ['names no connection', (content, of) => content.replace(of, 'nobody')],
    ['names no time', (content) => content.replace(/"obtainedAt":"[^"]*"/, '"obtainedAt":"soon"')],
  ])('names it and leaves it when it %s, and stores the rest', async (_, broken) => {
    const name = await leaveAnAnswer();
    const content = text(name);
    unlinkSync(join(folder.path, 'refresh-journal', name));
    const lost = id;
    id = await scene.connect(owner);
    await leaveAnAnswer();
    write('broken.json', broken(content, lost));
    write('broken.tmp', 'no entry of ours');
    await using app = await startOnFolder();
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await app.get(AnswerStoring).storeLeft();
    expect(files().toSorted()).toEqual(['broken.json', 'broken.tmp']);
    expect(JSON.stringify(logged.mock.calls)).toContain('broken.json');
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    id = lost;
    expect(await held()).toMatchObject({ refreshToken: 'refresh-1' });
  });
});

/** The same answer once more. */
function another(content: string): SealedAnswer {
  const line = JSON.parse(content) as { generation: number; sealed: string };
  const sealed = { generation: line.generation, sealed: Buffer.from(line.sealed, 'base64') };
  const facts = { expiresAt: null, obtainedAt: scene.app.clock.now(), scopes: [], dueAt: null, keepAliveSeconds: null };
  return { tenantId: owner.tenantId, connectionId: id, appId: owner.appId, spentVersion: 1, sealed, facts };
}

describe('a journal that can not be read', () => {
  it('is left as it is, and said to be so, for a start that can read it', async () => {
    const name = await leaveAnAnswer();
    const content = text(name);
    // Longer than a file may be to be read at once: it stands for whatever a disk or its rights do.
    truncateSync(join(folder.path, 'refresh-journal', name), 2 ** 31);
    {
      await using app = await startOnFolder();
      const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      await app.get(AnswerStoring).storeLeft();
      expect(files()).toHaveLength(1);
      expect(JSON.stringify(logged.mock.calls)).toContain(files()[0]);
    }
    truncateSync(join(folder.path, 'refresh-journal', files()[0] ?? ''), content.length);
    await using app = await startOnFolder();
    await app.get(AnswerStoring).storeLeft();
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    expect(files()).toEqual([]);
  });
});

describe('a journal of several answers', () => {
  it('has those that come at the same time in one file, which goes with the last of them', async () => {
    const content = text(await leaveAnAnswer());
    await using app = await startOnFolder();
    const journal = app.get(AnswerJournal);
    const before = files().length;
    const entries = await Promise.all([1, 2, 3].map(() => journal.keep(another(content))));
    expect(files()).toHaveLength(before + 1);
    const [first, ...others] = entries;
    for (const entry of others) await journal.forget(entry);
    expect(files()).toHaveLength(before + 1);
    if (first) await journal.forget(first);
    expect(files()).toHaveLength(before);
  });

  it('that was cut short in the last of them is stored but for that one, which is named', async () => {
    const name = await leaveAnAnswer();
    const content = text(name);
    write(name, content + content.slice(0, -40));
    await using app = await startOnFolder();
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await app.get(AnswerStoring).storeLeft();
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    const [left = ''] = files();
    expect(files()).toHaveLength(1);
    expect(JSON.stringify(logged.mock.calls)).toContain(left);
    expect(text(left)).toBe(`${content.slice(0, -40)}\n`);
  });

  it('writes elsewhere what another process that starts on the same folder may not have seen', async () => {
    const content = text(await leaveAnAnswer());
    await using writing = await startOnFolder();
    await using starting = await startOnFolder();
    const journal = writing.get(AnswerJournal);
    await journal.keep(another(content));
    expect(await starting.get(AnswerJournal).left()).toHaveLength(2);
    const taken = files();
    await journal.keep(another(content));
    const [added = ''] = files().filter((name) => !taken.includes(name));
    expect(text(added)).toContain(id);
  });
});

describe('a journal that can not be written', () => {
  it('is said to be so, and refreshes go on', async () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    writeFileSync(join(folder.path, 'refresh-journal'), 'in the way');
    await using app = await startOnFolder();
    expect(JSON.stringify(logged.mock.calls)).toContain('make DATA_DIR writable');
    await refresh(app);
    expect(await held()).toMatchObject({ refreshToken: 'canary-refresh' });
    await app.get(AnswerStoring).storeLeft();
  });

  it('is made anew without a restart, once the folder that went with its disk can be', async () => {
    const content = text(await leaveAnAnswer());
    await using app = await startOnFolder();
    const journal = app.get(AnswerJournal);
    await journal.forget(await journal.keep(another(content)));
    rmSync(join(folder.path, 'refresh-journal'), { recursive: true });
    await journal.keep(another(content));
    expect(files()).toHaveLength(1);
  });

  it('holds nothing, when there is none', async () => {
    await using app = await startOnFolder();
    expect(await app.get(AnswerJournal).left()).toEqual([]);
    mkdirSync(join(folder.path, 'refresh-journal'), { recursive: true });
    expect(await app.get(AnswerJournal).left()).toEqual([]);
  });
});
