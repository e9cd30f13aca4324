import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmulatorScene, type HttpServer, json, startHttpServer } from '../index.js';

const USER = { org: 'acme', sub: 'ada' };
let scene: EmulatorScene;
let ada: string;
let slack: string;
let workbench: string;
let authentication: string;
let bench: string;
let partner: HttpServer;

beforeAll(async () => {
  partner = await startHttpServer();
  scene = await EmulatorScene.start({ callbackBackoffMilliseconds: 1 });
  ada = await scene.userToken();
  [slack, workbench] = [await scene.appId('Slack'), await scene.appId('Workbench')];
  authentication = await scene.emulator.ask('connect', { user: USER, app: slack });
  bench = await scene.emulator.ask('connect', { user: USER, app: workbench });
});
beforeEach(async () => {
  await scene.emulator.ask('clearRules');
  await scene.emulator.ask('configure', { runMilliseconds: 0, actionIdsLive: 'always', localCallbacks: true });
  await scene.emulator.ask('setTime', { at: new Date().toISOString() });
  partner.answerWith(json(200, {}));
});
afterAll(async () => {
  await scene?.close();
  await partner?.close();
});

const message = (text: string) => ({ workspace: 'acme', channel: 'C-acme-41', text });
const post = async (data: object, bearer = ada) => scene.post('/v2/action-runs', { data }, bearer);
const create = async (text: string, more: object = {}) =>
  post({
    action: await scene.actionId(slack, 'channel_message', ada),
    authentication,
    inputs: message(text),
    ...more,
  });
const onBench = async (key: string, inputs: object, connection: string | null = bench) =>
  post({ action: await scene.actionId(workbench, key, ada), authentication: connection, inputs });
const seen = async (created: { json: Record<string, unknown> }) => {
  const { id } = created.json.data as { id: string };
  return (await scene.get(`/v2/action-runs/${id}`, ada)).json.data as {
    status: string;
    results: object[];
    errors: object[];
  };
};

const runAction = (action: string) => post({ action, authentication, inputs: message('ids') });
const slow = (seconds: number) => onBench('slow_report', { name: 'x', seconds });
const called = async (text: string, count: number) => {
  const created = await create(text, { callback_url: `${partner.origin}/called` });
  await expect.poll(() => partner.requests.length).toBe(count);
  return { run: created.json.data as { id: string }, requests: partner.requests };
};
const verify = async (signature: unknown) => {
  const published = (await (await fetch(scene.emulator.jwksUrl)).json()) as JSONWebKeySet;
  return jwtVerify(String(signature), createLocalJWKSet(published), { algorithms: ['RS256'] });
};

describe('an action', () => {
  it('has another id at each lookup, and the same key; old ids can end', async () => {
    const [one, two] = [
      await scene.actionId(slack, 'channel_message', ada),
      await scene.actionId(slack, 'channel_message', ada),
    ];
    expect(one).not.toBe(two);
    expect((await runAction(one)).status).toBe(200);
    await scene.emulator.ask('configure', { actionIdsLive: 'until_next_lookup' });
    const three = await scene.actionId(slack, 'channel_message', ada);
    expect((await runAction(two)).status).toBe(404);
    expect((await runAction(three)).status).toBe(200);
  });

  it('has fields that depend on others, and choices of several pages', async () => {
    const id = await scene.actionId(slack, 'channel_message', ada);
    const of = async (rest: string, inputs: object) =>
      (await scene.post(`/v2/actions/${id}/${rest}`, { data: { authentication, inputs } }, ada)).json;
    const fieldIds = async (inputs: object) =>
      ((await of('inputs', inputs)).data as { id: string }[]).map((one) => one.id);
    expect(await fieldIds({})).not.toContain('bot');
    expect(await fieldIds({ as_bot: 'True' })).toContain('bot');
    expect((await of('inputs/channel/choices', {})).data).toEqual([]);
    const pages = [1, 2, 3].map((page) => of(`inputs/channel/choices?page=${page}`, { workspace: 'acme' }));
    const lists = (await Promise.all(pages)).map(({ data }) => data as { id: string }[]);
    expect(new Set(lists.flat().map((one) => one.id)).size).toBe(45);
  });
});

describe('a run', () => {
  it('waits, and then has its results', async () => {
    await scene.emulator.ask('configure', { runMilliseconds: 60_000 });
    const created = await create('later');
    expect(await seen(created)).toMatchObject({ status: 'waiting', results: [], errors: [] });
    await scene.emulator.ask('setTime', { at: new Date(Date.now() + 61_000).toISOString() });
    expect(await seen(created)).toMatchObject({ status: 'success', results: [{ message: { text: 'later' } }] });
    await scene.emulator.ask('setTime', { at: new Date(Date.now() + 8 * 86_400_000).toISOString() });
    ada = await scene
      .exchange({ subject_token: await scene.sign({}, {}, Date.now() + 8 * 86_400_000) })
      .then((answer) => String(answer.json.access_token));
    const { id } = created.json.data as { id: string };
    expect((await scene.get(`/v2/action-runs/${id}`, ada)).status).toBe(404);
  });

  it('takes as long as its action says, or the settings of its key', async () => {
    expect(await seen(await slow(60))).toMatchObject({ status: 'waiting' });
    expect(await seen(await slow(0))).toMatchObject({ status: 'success' });
    await scene.emulator.ask('configure', { runMillisecondsOf: { channel_message: 60_000 } });
    expect(await seen(await create('slow by its key'))).toMatchObject({ status: 'waiting' });
    await scene.emulator.ask('configure', { runMillisecondsOf: {} });
  });

  it.each(['user', 'authentication', 'partner', 'system', 'throttled', 'system_throttled', 'hydration'] as const)(
    'fails with %s, by its action and by a rule',
    async (code) => {
      const error = { code, delay: 3, title: expect.any(String), detail: expect.any(String), meta: null };
      expect(await seen(await onBench('fail', { code, delay: 3 }))).toMatchObject({ status: 'error', errors: [error] });
      await scene.emulator.ask('rule', { kind: 'run_fails', code, delay: 3 });
      expect(await seen(await create('by a rule'))).toMatchObject({ status: 'error', errors: [error] });
    },
  );

  it('counts each write that was carried out, by user and marker, and no failed one', async () => {
    const countOf = async (marker: string) =>
      (await scene.emulator.ask('writes'))
        .filter((one) => one.marker === marker)
        .map(({ user, times }) => [user, times]);
    await create('twice');
    await create('twice');
    expect(await countOf('twice')).toEqual([['acme/ada', 2]]);
    await scene.emulator.ask('rule', { kind: 'run_fails', code: 'throttled' });
    await create('never');
    expect(await countOf('never')).toEqual([]);
  });

  it('belongs to its user', async () => {
    const bob = await scene.userToken('bob');
    const { id } = (await create('mine')).json.data as { id: string };
    expect((await scene.get(`/v2/action-runs/${id}`, bob)).status).toBe(404);
    const action = await scene.actionId(slack, 'channel_message', bob);
    expect((await post({ action, authentication, inputs: message('theirs') }, bob)).status).toBe(404);
  });

  it('needs a connection of its app that has not expired, its inputs, and an action', async () => {
    const other = await onBench('slow_report', { name: 'x' }, authentication);
    expect(other.json).toMatchObject({ errors: [{ status: 400, source: { pointer: '/data/authentication' } }] });
    const missing = await create('', { inputs: message('') });
    expect(missing.json).toMatchObject({ errors: [{ status: 400, source: { pointer: '/data/inputs/text' } }] });
    expect((await post({ action: 'core:unknown', authentication, inputs: {} })).status).toBe(404);
    await scene.emulator.ask('expireConnection', { id: bench });
    expect(await seen(await onBench('slow_report', { name: 'x', seconds: 0 }))).toMatchObject({
      errors: [{ code: 'authentication' }],
    });
    await scene.emulator.ask('expireConnection', { id: bench, isExpired: false });
  });
});

describe('a callback', () => {
  it('tells of the end, signed with the published key for five minutes', async () => {
    const { run, requests } = await called('called', 1);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ data: { type: 'run', id: run.id, status: 'success' } });
    const { payload } = await verify(requests[0]?.headers['zapier-callback-signature']);
    expect(payload).toEqual({ iat: expect.any(Number), exp: (payload.iat ?? 0) + 300 });
  });

  it('comes three times at most after 5xx, and once after 4xx', async () => {
    partner.answerWith(json(503, {}));
    const { run } = await called('again', 3);
    const callbacks = async () => (await scene.emulator.ask('runs')).find(({ id }) => id === run.id)?.callbacks;
    await expect.poll(callbacks).toEqual([503, 503, 503]);
    partner.answerWith(json(410, {}));
    await called('gone', 1);
  });

  it('comes twice, lies, or is forged, by rules', async () => {
    await scene.emulator.ask('rule', [
      { kind: 'callback_twice' },
      { kind: 'callback_lies' },
      { kind: 'callback_forged' },
    ]);
    const { run, requests } = await called('wrong', 2);
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ data: { id: run.id, status: 'error' } });
    await expect(verify(requests[0]?.headers['zapier-callback-signature'])).rejects.toThrow();
  });

  it('is lost by a rule, and the run is there to be polled', async () => {
    await scene.emulator.ask('rule', { kind: 'callback_lost', times: 1 });
    const lost = await create('lost', { callback_url: `${partner.origin}/lost` });
    expect(await seen(lost)).toMatchObject({ status: 'success' });
    const { requests } = await called('heard', 1);
    expect(requests.map(({ url }) => url)).toEqual(['/called']);
  });

  it('goes to public addresses by HTTPS alone, by a setting', async () => {
    await scene.emulator.ask('configure', { localCallbacks: false });
    for (const callback_url of [
      'http://partner.test/',
      'https://127.0.0.1/',
      'https://localhost/',
      'nowhere',
      `https://a.test/${'x'.repeat(2050)}`,
    ]) {
      expect((await create('refused', { callback_url })).json).toMatchObject({
        errors: [{ status: 400, source: { pointer: '/data/callback_url' } }],
      });
    }
  });
});
