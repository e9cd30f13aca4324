import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import { createRun, startUpstreamScene, type UpstreamOwner, type UpstreamScene } from '#libs/testing';
import { Upstreams, type Upstream } from '#libs/upstream';
import { RunsModule } from './index.js';
import { RunJobs } from './run-jobs.store.js';
import { UpstreamLine } from './upstream-line.js';
import type { UpstreamWork } from './upstream-work.js';

const CALLS = 60;

let scene: UpstreamScene;
let owner: UpstreamOwner;
let upstream: Upstream;

beforeAll(async () => {
  scene = await startUpstreamScene([RunsModule]);
  owner = await scene.newOwner('trello', { callsPerAddress: CALLS, callsPerPartner: 150 });
  upstream = (await scene.app.get(Upstreams).list(owner.tenantId))[0] as Upstream;
});
afterAll(() => scene?.close());

const create = (name: string | null = upstream.name) => {
  const inputs = new Secret({});
  return createRun(scene.app, owner.tenantId, { ...owner, actionKey: 'WRITE.create_card', upstream: name, inputs });
};
const workOf = (id: string) => ({ run: { id }, upstream }) as UpstreamWork;

async function turnOf(id: string): Promise<number> {
  const at = scene.app.clock.in(10);
  return ((await scene.app.get(UpstreamLine).turn(workOf(id), at)).getTime() - at.getTime()) / 1000;
}

/** It is looked at, next in so many seconds. */
async function take(id: string, seconds: number): Promise<void> {
  const place = new Secret({ remoteId: id, userId: owner.userId });
  const claim = { tenantId: owner.tenantId, id, version: 0, leaseEnd: scene.app.clock.in(45) };
  await scene.app.get(RunJobs).accept(claim, place, scene.app.clock.in(seconds), scene.app.clock.in(3600));
}

it('the oldest run has the next place, and each after it the next but one', async () => {
  const ids = [await create(), await create(), await create()];
  // Those of our own apps stand in no line.
  await create(null);
  const newest = await create();
  expect(await Promise.all([...ids, newest].map(turnOf))).toEqual([0, 1, 2, 3]);
  const [first = '', second = ''] = ids;
  await take(first, 20);
  await take(second, 300);
  scene.app.clock.advance(1);
  // What is looked at much later takes no place now.
  expect(await turnOf(newest)).toBe(2);
});

it('looks at runs are so far apart that they leave calls for others', async () => {
  const line = scene.app.get(UpstreamLine);
  scene.app.clock.advance(1);
  const before = await line.secondsBetweenLooks(workOf(''));
  const more = await Promise.all(Array.from({ length: 58 }, () => create()));
  for (const id of more) await take(id, 5);
  scene.app.clock.advance(1);
  const seconds = await line.secondsBetweenLooks(workOf(''));
  const looksInMinute = (60 / seconds) * 60;
  expect(before).toBeLessThan(4);
  expect(looksInMinute).toBeLessThan(CALLS * 0.7);
});
