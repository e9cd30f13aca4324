import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answered, EmulatorScene } from '#libs/testing';
import { readPublishedDocument } from './published-document.js';

const published = readPublishedDocument();
const isMissing = 'missing' in published;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const CLIENT = 'client_id=emulated-client';

/** Valid by the declaration of that status. The emulator is a judge of our client only as far as it is itself right. */
const conforms = (operation: string, status: number, answer: Answered) => {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  if ('missing' in published) throw new Error(published.missing);
  expect(published.violations(operation, status, answer.json)).toEqual([]);
};

describe.skipIf(isMissing)(`the emulator of Zapier${isMissing ? ` (skipped: ${published.missing})` : ''}`, () => {
  let scene: EmulatorScene;
  let ada: string;
  let slack: string;
  let authentication: string;
  let message: string;
  let narrow: string;

  beforeAll(async () => {
    scene = await EmulatorScene.start({ runMilliseconds: 0 });
    ada = await scene.userToken();
    narrow = await scene.userToken('ada', 'promotions').catch(() => scene.userToken('ada', 'zap:runs'));
    slack = await scene.appId('Slack');
    authentication = await scene.emulator.ask('connect', { user: { org: 'acme', sub: 'ada' }, app: slack });
    message = await scene.actionId(slack, 'channel_message', ada);
  });
  afterAll(() => scene.close());

  const data = (inputs: object = {}) => ({ data: { authentication, inputs } });
  const complete = { workspace: 'acme', channel: 'C-acme-41', text: 'Hello' };

  test.each<[string, string]>([
    ['GET /v1/apps', `/v1/apps?${CLIENT}`],
    ['GET /v1/apps', `/v1/apps?${CLIENT}&per_page=10&page=2`],
    ['GET /v1/categories', '/v1/categories'],
    ['GET /v1/categories', '/v1/categories?limit=2&offset=4'],
    ['GET /v1/profiles/me', '/v1/profiles/me'],
    ['GET /v2/apps', `/v2/apps?${CLIENT}`],
    ['GET /v2/apps', '/v2/apps?limit=10&offset=20'],
    ['GET /v2/apps', '/v2/apps?query=no-such-app'],
    ['GET /v2/whitelabel/apps', '/v2/whitelabel/apps?search=s&limit=3'],
  ])('200: %s at %s', async (operation, path) =>
    conforms(operation, 200, await scene.get(path, path.includes('client_id') ? undefined : ada)),
  );

  test('200: actions, a connection, and none', async () => {
    conforms('GET /v2/actions', 200, await scene.get(`/v2/actions?app=${slack}&limit=2&offset=1`, ada));
    conforms('GET /v2/authentications', 200, await scene.get(`/v2/authentications?app=${slack}`, ada));
    const offset = '&offset=9';
    conforms('GET /v2/authentications', 200, await scene.get(`/v2/authentications?app=${slack}${offset}`, ada));
  });

  test('201: a connection with fields', async () => {
    const app = await scene.appId('Stripe');
    const asked = { data: { title: 'Mine', app, authentication_fields: { key: 'sk_1' } } };
    const answer = await scene.post('/v2/authentications', asked, ada);
    conforms('POST /v2/authentications', 201, answer);
    expect(answer.text).not.toContain('sk_1');
  });

  test('200: inputs, choices, outputs and a test of an action', async () => {
    const of = (rest: string, json: unknown = data()) => scene.post(`/v2/actions/${message}/${rest}`, json, ada);
    const action = 'POST /v2/actions/{action_id}';
    conforms(`${action}/inputs`, 200, await of('inputs'));
    conforms(`${action}/inputs`, 200, await of('inputs', data({ as_bot: 'True' })));
    conforms(`${action}/inputs/{input_id}/choices`, 200, await of('inputs/workspace/choices'));
    const channels = await of('inputs/channel/choices?page=2', data({ workspace: 'acme' }));
    conforms(`${action}/inputs/{input_id}/choices`, 200, channels);
    expect(channels.json).toMatchObject({ meta: { page: 2 }, links: { next: expect.stringContaining('page=3') } });
    conforms(`${action}/outputs`, 200, await of('outputs'));
    conforms(`${action}/test`, 200, await of('test', data(complete)));
  });

  test('200: a run that waits, one that succeeds, and one of each error', async () => {
    const run = async (json: object) => {
      const created = await scene.post('/v2/action-runs', { data: json }, ada);
      conforms('POST /v2/action-runs', 200, created);
      return `/v2/action-runs/${(created.json.data as { id: string }).id}`;
    };
    const workbench = await scene.appId('Workbench');
    const connection = await scene.emulator.ask('connect', { user: { org: 'acme', sub: 'ada' }, app: workbench });
    const start = async (key: string, inputs: object) =>
      run({ action: await scene.actionId(workbench, key, ada), authentication: connection, inputs });
    const seen = async (path: string) => {
      const answer = await scene.get(path, ada);
      conforms('GET /v2/action-runs/{id}', 200, answer);
      return (answer.json.data as { status: string }).status;
    };
    expect(await seen(await start('slow_report', { name: 'x', seconds: 60 }))).toBe('waiting');
    expect(await seen(await run({ action: message, authentication, inputs: complete }))).toBe('success');
    for (const code of ['user', 'authentication', 'partner', 'system', 'throttled', 'system_throttled', 'hydration']) {
      expect(await seen(await start('fail', { code, delay: 3 }))).toBe('error');
    }
  });

  test.each<[string, number, string, unknown?]>([
    ['GET /v1/apps', 401, '/v1/apps'],
    ['GET /v2/apps', 401, '/v2/apps'],
    ['GET /v2/apps', 400, `/v2/apps?${CLIENT}&limit=none`],
    ['GET /v2/actions', 400, `/v2/actions?${CLIENT}`],
    ['GET /v2/authentications', 401, '/v2/authentications'],
    ['POST /v2/authentications', 401, '/v2/authentications', {}],
    ['POST /v2/actions/{action_id}/inputs', 401, '/v2/actions/x/inputs', {}],
    ['POST /v2/action-runs', 401, '/v2/action-runs', {}],
    ['GET /v2/action-runs/{id}', 401, `/v2/action-runs/${UNKNOWN}`],
    ['GET /v2/authorize', 400, '/v2/authorize'],
  ])('%s: %i at %s without a token', async (operation, status, path, json) => {
    const answer = json === undefined ? await scene.get(path) : await scene.post(path, json);
    expect(answer.status, answer.text).toBe(status);
    // The document declares no body for a V1 application without a client.
    if (path !== '/v1/apps') conforms(operation, status, answer);
  });

  test.each<[string, number, string, unknown?]>([
    ['GET /v1/profiles/me', 403, '/v1/profiles/me'],
    ['GET /v2/apps', 403, '/v2/apps'],
    ['GET /v2/actions', 403, `/v2/actions?app=${UNKNOWN}`],
    ['GET /v2/authentications', 403, `/v2/authentications?app=${UNKNOWN}`],
    ['POST /v2/action-runs', 403, '/v2/action-runs', {}],
    ['GET /v2/action-runs/{id}', 403, `/v2/action-runs/${UNKNOWN}`],
  ])('%s: %i at %s without the scope', async (operation, status, path, json) => {
    const answer = json === undefined ? await scene.get(path, narrow) : await scene.post(path, json, narrow);
    expect(answer.status, answer.text).toBe(status);
    if (!path.startsWith('/v1/')) conforms(operation, status, answer);
  });

  test.each<[string, string, unknown]>([
    ['no data', '/v2/action-runs', []],
    ['inputs that are no object', '/v2/action-runs', { data: { action: 'x', authentication: null, inputs: 'none' } }],
  ])('POST /v2/action-runs refuses %s', async (_what, path, json) => {
    const answer = await scene.post(path, json, ada);
    expect([400, 404]).toContain(answer.status);
    if (answer.status === 400) conforms('POST /v2/action-runs', 400, answer);
  });

  test.each([429, 500, 503, 504, 409])('%i', async (status) => {
    await scene.emulator.ask('rule', { kind: 'answer', status, path: '/v2/apps', times: 1 });
    conforms('GET /v2/apps', status, await scene.get('/v2/apps', ada));
  });
});
