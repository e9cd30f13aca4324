import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { baseUrl, FakeGatehouse } from '../fakes/fake-gatehouse.js';
import { FakePage } from '../fakes/fake-page.js';
import { createEmbed, EmbedError } from './index.js';

let gatehouse: FakeGatehouse;
let tokens: string[];

const getToken = () => {
  const next = tokens.shift();
  if (next === undefined) throw new Error('Sign in again.');
  return next;
};
const embed = () => createEmbed({ baseUrl, getToken }, new FakePage(gatehouse));
const run = (signal?: AbortSignal) =>
  embed().run({ action: 'core:a.b', authentication: 'con_1', inputs: { x: 1 } }, signal && { signal });
const settled = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  gatehouse = new FakeGatehouse();
  tokens = ['token'];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a token', () => {
  it('is fetched once for many calls', async () => {
    const embedded = embed();
    await Promise.all([embedded.apps(), embedded.apps()]);
    await embedded.apps();
    expect(new Set(gatehouse.calls.map(({ bearer }) => bearer))).toEqual(new Set(['token']));
  });

  it('that has ended is replaced, once for all calls that find out, and each call is made again', async () => {
    tokens = ['ended', 'token'];
    const embedded = embed();
    const [first, second] = await Promise.all([embedded.apps(), embedded.apps()]);
    expect(first).toEqual(second);
    expect(tokens).toEqual([]);
  });

  it('that is refused twice is an error', async () => {
    tokens = ['ended', 'ended too'];
    await expect(embed().apps()).rejects.toMatchObject({ name: 'EmbedError', code: 'authentication_failed' });
    expect(gatehouse.calls).toHaveLength(2);
  });

  it('that can not be had is an error, until it can be', async () => {
    tokens = [];
    const embedded = embed();
    await expect(embedded.apps()).rejects.toMatchObject({ code: 'no_token', message: 'Sign in again.' });
    tokens = ['token'];
    await expect(embedded.apps()).resolves.toHaveLength(3);
  });
});

it('a list is read to its end', async () => {
  expect(await embed().apps({ query: 'a b' })).toEqual(gatehouse.apps);
  expect(gatehouse.calls.map(({ path }) => path)).toEqual([
    '/apps?query=a+b&limit=100&offset=0',
    '/apps?query=a+b&limit=100&offset=2',
  ]);
});

it.each([
  [404, '{"errors":[{"code":"not_found","detail":"There is no app."}]}', 'not_found', 'There is no app.'],
  [502, '<html>Bad gateway</html>', 'error', 'Gatehouse answered 502.'],
])('a refusal with %i is an error with its code and words', async (status, body, code, message) => {
  gatehouse.refusals.push({ status, body });
  const error: unknown = await embed()
    .connections({ app: 'x' })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EmbedError);
  expect(error).toMatchObject({ code, message });
});

it('a network that fails is an error', async () => {
  gatehouse.loseNextAnswer = true;
  await expect(embed().apps()).rejects.toMatchObject({ code: 'network' });
});

describe('a run', () => {
  it('is created once and waited for', async () => {
    gatehouse.waits = 2;
    const result = run();
    await settled(10_000);
    expect(await result).toEqual({ id: 'run_1', status: 'success', results: [{ n: 1 }], errors: [] });
    const [created, ...looks] = gatehouse.calls;
    expect(created).toMatchObject({ method: 'POST', path: '/action-runs' });
    expect(JSON.parse(created?.body ?? '')).toEqual({
      data: { action: 'core:a.b', authentication: 'con_1', inputs: { x: 1 } },
    });
    expect(looks.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(3).fill('GET /action-runs/run_1?wait=20'),
    );
  });

  it('carries a key of its own to be made with, and the caller may give theirs', async () => {
    const own = embed();
    const made = { action: 'core:a.b', inputs: {} };
    for (const options of [{}, undefined, { idempotencyKey: 'mine' }]) await own.run(made, options);
    const created = gatehouse.calls.filter(({ method }) => method === 'POST');
    expect(created.map(({ key }) => key)).toEqual(['key-1', 'key-2', 'mine']);
    expect(gatehouse.calls.filter(({ method, key }) => method === 'GET' && key !== null)).toEqual([]);
  });

  it('keeps its key when the token has ended meanwhile, and has none where the browser makes none', async () => {
    tokens = ['ended', 'token', 'token'];
    await run();
    const page = new FakePage(gatehouse);
    page.crypto = {};
    await createEmbed({ baseUrl, getToken }, page).run({ action: 'core:a.b' });
    const keys = gatehouse.calls.filter(({ method }) => method === 'POST').map(({ key }) => key);
    expect(keys).toEqual(['key-1', 'key-1', null]);
  });

  it('is looked at again at once where the server kept the look waiting', async () => {
    [gatehouse.waits, gatehouse.holdMs] = [3, 20_000];
    const result = run();
    await settled(60_010);
    expect(await result).toMatchObject({ status: 'success' });
    expect(gatehouse.calls).toHaveLength(5);
  });

  it('that ends in another way than success is an error', async () => {
    gatehouse.runEnd = 'cancelled';
    await expect(run()).rejects.toMatchObject({ code: 'error', message: 'The run failed.', runId: 'run_1' });
  });

  it('that ends in error is one, with its id, its code and its words', async () => {
    gatehouse.runErrors = [{ code: 'user', title: 'Refused', detail: 'There is no list lst_1.' }];
    await expect(run()).rejects.toMatchObject({ code: 'user', message: 'There is no list lst_1.', runId: 'run_1' });
  });

  it('is not created again when the answer to its creation is lost', async () => {
    gatehouse.loseNextAnswer = true;
    await expect(run()).rejects.toMatchObject({ code: 'network' });
    expect(gatehouse.calls).toHaveLength(1);
  });

  it('outlives looks that fail', async () => {
    gatehouse.waits = 3;
    const result = run();
    await settled(500);
    gatehouse.refusals.push({ status: 502, body: '' }, { status: 429, body: '{"errors":[{"code":"throttled"}]}' });
    await settled(30_000);
    expect(await result).toMatchObject({ status: 'success' });
  });

  it('that the caller gives up is waited for no longer', async () => {
    gatehouse.waits = Number.POSITIVE_INFINITY;
    const giveUp = new AbortController();
    const result = expect(run(giveUp.signal)).rejects.toMatchObject({ code: 'aborted' });
    await settled(3000);
    giveUp.abort();
    await result;
    const asked = gatehouse.calls.length;
    await settled(60_000);
    expect(gatehouse.calls).toHaveLength(asked);
  });
});
