import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  type Answer,
  claimRow,
  type ConnectionOwner,
  json,
  startThirdPartyScene,
  type ThirdPartyScene,
  createRun,
} from '#libs/testing';
import { Runs, RunsModule } from './index.js';
import { RunExecutor } from './run-executor.js';

const MIB = 1024 * 1024;

let scene: ThirdPartyScene;
let owner: ConnectionOwner;
let connectionId: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  connectionId = await scene.connect(owner);
});
afterAll(() => scene?.close());

async function run(answer: Answer) {
  const runs = scene.app.get(Runs);
  const inputs = new Secret({ name: 'Ada' });
  const id = await createRun(scene.app, owner.tenantId, { ...owner, actionKey: 'create_thing', connectionId, inputs });
  scene.server.answerWith(answer);
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', id));
  return runs.find(owner.tenantId, owner.userId, id);
}

const text =
  (body: string): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);

const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

/** 50 MiB, as fast as they are read. */
const endless: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(64 * 1024, '[');
  let left = 50 * MIB;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
};

it.each<[string, Answer]>([
  ['50 MiB', endless],
  ['a million items', text(`[${Array.from({ length: 400_000 }, () => '1').join(',')}]`)],
  ['many items in little', text(`[${Array.from({ length: 10_001 }, () => '1').join(',')}]`)],
  [
    'what grows as it is read',
    text(`[${Array.from({ length: 10_000 }, () => `"${'\\u0001'.repeat(17)}"`).join(',')}]`),
  ],
  ['lists in lists, fifty thousand deep', text(lists(50_000))],
  ['lists in lists, three thousand deep', text(lists(3000))],
  ['lists in lists, one level deeper than is kept', text(lists(501))],
  ['something that is no JSON', text('{"id": 1')],
])('an answer of %s ends the run as failed: partner, with a sentence (P10)', async (_, answer) => {
  const ended = await run(answer);
  expect(ended?.outcome).toMatchObject({ state: 'failed', results: [], errors: [{ code: 'partner' }] });
  expect(ended?.outcome?.errors[0]?.detail).toMatch(/^[A-Z].*\.$/);
});

it('answers of 50 MiB are not gathered in memory (P10)', async () => {
  let most = 0;
  const before = process.memoryUsage.rss();
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss() - before)), 5);
  for (let time = 0; time < 5; time += 1) await run(endless);
  clearInterval(watch);
  expect(most).toBeLessThan(50 * MIB);
});

it('an answer of nearly 1 MiB is kept whole', async () => {
  const long = 'x'.repeat(MIB - 100);
  expect((await run(json(200, { long })))?.outcome?.results).toEqual([{ long }]);
});

it('an answer of 500 levels is kept whole', async () => {
  const outcome = (await run(text(`{"a":${lists(499)}}`)))?.outcome;
  expect(JSON.stringify(outcome?.results)).toBe(`[{"a":${lists(499)}}]`);
});
