import { afterAll, beforeAll, expect, test } from 'vitest';
import { json } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { RunScene } from './run-scene.js';

let scene: RunScene;
const ids: string[] = [];

beforeAll(async () => {
  scene = await RunScene.start();
  scene.thirdParty.answerWith(json(200, { secret: 'canary-result' }));
  for (const name of ['ada', 'bob', 'ada']) {
    const user = await scene.user(name);
    const action = await scene.action(user, 'add_entry');
    const made = await user.post('/v2/action-runs', { data: { action, inputs: { text: 'canary-input' } } });
    ids.unshift(made.at('data.id'));
    await user.ended(made.at('data.id'));
  }
});
afterAll(() => scene?.close());

const list = (query = '') =>
  scene.gatehouse.call('GET', `/admin/tenants/acme-notes/runs${query}`, { bearer: scene.gatehouse.adminToken });
const idsOf = async (query: string) =>
  ((await list(query)).json as { runs: { id: string }[] }).runs.map(({ id }) => id);

test('an operator sees how the runs of a tenant went, and nothing of what they held', async () => {
  const answer = await list();
  expect(answer.json).toMatchObject({
    runs: [{ id: ids[0], app: 'ledger', action: 'add_entry', org: 'org-1', user: 'ada', state: 'succeeded' }, {}, {}],
    next_cursor: null,
  });
  expect(answer.text).not.toContain('canary');
});

test('filters and pages find each run once', async () => {
  expect(await idsOf('?user=ada')).toEqual([ids[0], ids[2]]);
  expect(await idsOf('?state=failed')).toEqual([]);
  expect(await idsOf('?app=ledger&org=org-1')).toEqual(ids);
  const first = (await list('?limit=2')).json as { next_cursor: string };
  expect(await idsOf(`?limit=2&cursor=${first.next_cursor}`)).toEqual([ids[2]]);
});

test.each(['state=done', 'status=failed', 'user=%00', 'limit=0', 'cursor=x'])('refuses ?%s', async (query) => {
  expectRefusal(await list(`?${query}`), 'admin', 400, { code: 'invalid' });
});
