import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answered, EmulatorScene, type Rule } from '../index.js';
import { RuleBook } from './rules.js';

const USER = { org: 'acme', sub: 'ada' };
const INPUTS = { workspace: 'acme', channel: 'C-acme-1', text: 'Hello' };
let scene: EmulatorScene;
let ada: string;
let slack: string;
let authentication: string;

beforeAll(async () => {
  scene = await EmulatorScene.start();
  ada = await scene.userToken();
  slack = await scene.appId('Slack');
  authentication = await scene.emulator.ask('connect', { user: USER, app: slack });
});
beforeEach(() => scene.emulator.ask('clearRules'));
afterAll(() => scene?.close());

const apps = (query = '') => scene.get(`/v2/apps?limit=5&offset=5${query}`, ada);
const connections = () => scene.get(`/v2/authentications?app=${slack}`, ada);
const createRun = async (body = (action: string): unknown => ({ data: { action, authentication, inputs: INPUTS } })) =>
  scene.post('/v2/action-runs', body(await scene.actionId(slack, 'channel_message', ada)), ada);
const runOf = ({ json }: Answered) => (json.data as { id: string }).id;
const showRun = async () => scene.get(`/v2/action-runs/${runOf(await createRun())}/`, ada);

const counted = async () => (await scene.emulator.ask('writes')).reduce((sum, { times }) => sum + times, 0);
const fired = (book: RuleBook, times: number, path = '/v2/apps') =>
  Array.from({ length: times }, () => book.fire('GET', path).down !== undefined);
const firedOf = (seed: number) => {
  const book = new RuleBook(seed);
  book.add([{ kind: 'down', probability: 0.3 }]);
  return fired(book, 1000);
};

describe('a rule changes what it says, and nothing without it', () => {
  type Ask = () => Promise<Answered>;
  it.each<[Rule, Ask, unknown, unknown]>([
    [
      { kind: 'numeric_ids' },
      connections,
      { data: [{ id: expect.any(String) }] },
      { data: [{ id: expect.any(Number) }] },
    ],
    [
      { kind: 'bare', path: '/v2/action-runs' },
      createRun,
      { data: { type: 'run' } },
      { type: 'run', id: expect.any(String) },
    ],
    [
      { kind: 'bare', method: 'GET', path: '/v2/action-runs/*' },
      showRun,
      { data: { status: 'waiting' } },
      { status: 'waiting' },
    ],
    [{ kind: 'array_of_envelopes' }, connections, { data: [{}] }, [{ data: [{}] }]],
    [{ kind: 'queued_running' }, showRun, { data: { status: 'waiting' } }, { data: { status: 'queued' } }],
    [
      { kind: 'arun_ids' },
      createRun,
      { data: { id: expect.not.stringMatching(/^arun_/) } },
      { data: { id: expect.stringMatching(/^arun_/) } },
    ],
    [
      { kind: 'echo_input' },
      createRun,
      { data: expect.not.objectContaining({ input: INPUTS }) },
      { data: { input: INPUTS } },
    ],
    [
      { kind: 'status_as_string' },
      () => apps('&ids=x&category=y'),
      { errors: [{ status: 400 }] },
      { errors: [{ status: '400' }] },
    ],
    [
      { kind: 'v1_errors' },
      () => apps('&ids=x&category=y'),
      { errors: [{ code: 'parse_error' }] },
      { errors: ['ids and category cannot be combined.'] },
    ],
    [
      { kind: 'forbidden_bearer' },
      () => scene.get('/v2/apps', 'no-token'),
      { errors: [{ status: 401, code: 'authentication_failed' }] },
      { code: 'authentication_failed', detail: expect.any(String) },
    ],
    [{ kind: 'refuse_bearer' }, apps, { data: [{}, {}, {}, {}, {}] }, { errors: [{ status: 401 }] }],
    [
      { kind: 'no_expires_in' },
      () => scene.exchange(),
      { expires_in: 36_000 },
      expect.not.objectContaining({ expires_in: 36_000 }),
    ],
    [{ kind: 'expires_in_as_string' }, () => scene.exchange(), { expires_in: 36_000 }, { expires_in: '36000' }],
    [
      { kind: 'without_scopes', scopes: ['zap'] },
      () => scene.exchange({ scope: 'zap profile' }),
      { scope: 'zap profile' },
      { scope: 'profile' },
    ],
    [
      { kind: 'error_with_200', error: 'invalid_grant' },
      () => scene.exchange(),
      { token_type: 'Bearer' },
      { error: 'invalid_grant' },
    ],
    [
      { kind: 'strict_run_body' },
      () => createRun((action) => ({ action, input: INPUTS, authentication })),
      { data: {} },
      { errors: [{}] },
    ],
    [{ kind: 'guide_run_body' }, createRun, { data: {} }, { errors: [{ status: 400 }] }],
  ])('%j', async (rule, ask, without, under) => {
    expect((await ask()).json).toMatchObject(without as object);
    await scene.emulator.ask('rule', rule);
    expect((await ask()).json).toMatchObject(under as object);
  });

  it('takes the body of the guides, where that alone is taken', async () => {
    await scene.emulator.ask('rule', { kind: 'guide_run_body' });
    expect((await createRun((action) => ({ action, authentication, input: INPUTS }))).status).toBe(200);
  });

  it('gives links.previous alone in the place of links.prev', async () => {
    expect((await apps()).json.links).toMatchObject({ prev: expect.any(String), previous: expect.any(String) });
    await scene.emulator.ask('rule', { kind: 'links_previous' });
    expect((await apps()).json.links).toEqual({ next: expect.any(String), previous: expect.any(String) });
  });

  it.each<[Rule, number, string | null]>([
    [{ kind: 'throttle', retryAfterSeconds: 7 }, 429, '7'],
    [{ kind: 'throttle', retryAfterSeconds: null }, 429, null],
    [{ kind: 'answer', status: 500 }, 500, null],
    [{ kind: 'answer', status: 503, headers: { 'retry-after': '3' } }, 503, '3'],
    [{ kind: 'answer', status: 200, body: 'text' }, 200, null],
    [{ kind: 'html', status: 502 }, 502, null],
  ])('answers in the place of Zapier: %j', async (rule, status, retryAfter) => {
    await scene.emulator.ask('rule', rule);
    const answer = await apps();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    if (rule.kind === 'html') expect(answer.text).toContain('<html>');
  });

  it('says as a date when to come back, and as an OAuth error at the token endpoint', async () => {
    await scene.emulator.ask('rule', { kind: 'throttle', retryAfterSeconds: 60, asDate: true });
    const back = Date.parse((await apps()).headers.get('retry-after') ?? '');
    expect(back).toBeGreaterThan(Date.now());
    expect((await scene.exchange()).json).toMatchObject({ error: 'temporarily_unavailable' });
  });
});

describe('a fault', () => {
  it.each<[Rule, number]>([
    [{ kind: 'down' }, 0],
    [{ kind: 'lose_request' }, 0],
    [{ kind: 'lose_reply' }, 1],
    [{ kind: 'cut_reply' }, 1],
  ])('breaks the connection: %j, and %i is carried out', async (rule, executed) => {
    const before = await counted();
    await scene.emulator.ask('rule', { ...rule, method: 'POST', path: '/v2/action-runs', times: 1 });
    await expect(createRun()).rejects.toThrow();
    expect(await counted()).toBe(before + executed);
    expect((await scene.emulator.ask('calls')).at(-1)).toMatchObject({ status: null, rules: [rule.kind] });
    expect((await createRun()).status).toBe(200);
  });

  it('carries out, and never answers', async () => {
    const before = await counted();
    await scene.emulator.ask('rule', { kind: 'hang', method: 'POST', path: '/v2/action-runs', times: 1 });
    const action = await scene.actionId(slack, 'channel_message', ada);
    const leaving = new AbortController();
    const asked = fetch(`${scene.emulator.apiUrl}/v2/action-runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ada}` },
      body: JSON.stringify({ data: { action, authentication, inputs: INPUTS } }),
      signal: leaving.signal,
    });
    await expect.poll(counted).toBe(before + 1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
  });

  it('makes an answer late', async () => {
    await scene.emulator.ask('rule', { kind: 'slow', milliseconds: 150, times: 1 });
    const before = performance.now();
    expect((await apps()).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(149);
  });

  it('lets nobody connect while it refuses, and comes back at the same port', async () => {
    await scene.emulator.ask('refuse', { refuses: true });
    const outcome = () =>
      apps().then(
        () => 'answered',
        (error: Error) => (error.cause as { code: string }).code,
      );
    // A connection that was open is found closed first.
    await expect.poll(outcome).toBe('ECONNREFUSED');
    await scene.emulator.ask('refuse', { refuses: false });
    expect((await apps()).status).toBe(200);
  });
});

describe('a rule reaches', () => {
  it('as many requests as it says, after as many as it says', () => {
    const book = new RuleBook(1);
    book.add([{ kind: 'down', after: 1, times: 2 }]);
    expect(fired(book, 5)).toEqual([false, true, true, false, false]);
  });

  it('its method and its paths', () => {
    const book = new RuleBook(1);
    book.add([{ kind: 'down', method: 'GET', path: '/v2/action-runs/*' }]);
    expect(book.fire('GET', '/v2/action-runs/x').down).toBeDefined();
    expect(book.fire('POST', '/v2/action-runs/x').down).toBeUndefined();
    expect(book.fire('GET', '/v2/action-runs').down).toBeUndefined();
  });

  it('a share of the requests, the same one for the same seed', () => {
    expect(firedOf(7)).toEqual(firedOf(7));
    expect(firedOf(7)).not.toEqual(firedOf(8));
    const share = firedOf(7).filter(Boolean).length / 1000;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.35);
  });
});
