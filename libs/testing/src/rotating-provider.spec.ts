import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  countRequests,
  empty,
  failing,
  FaultProxy,
  Gate,
  html,
  lostGrants,
  RotatingProvider,
  tokenFingerprint,
} from './index.js';

let provider: RotatingProvider;
let proxy: FaultProxy;
let grant: string;
let refreshToken: string;
let accessToken: string;

beforeAll(async () => {
  provider = await RotatingProvider.start({ accessTokenSeconds: 60 });
  proxy = await FaultProxy.start(provider.origin);
});
beforeEach(async () => {
  await provider.configure({ graceSeconds: 0, clientSecret: provider.clientSecret });
  proxy.choose = () => null;
  const [minted] = await provider.mint(1);
  if (!minted) throw new Error('Nothing was minted.');
  ({ grant, refreshToken, accessToken } = minted);
});
afterAll(async () => {
  await proxy?.close();
  await provider?.close();
});

interface Answer {
  status: number;
  refreshToken: string;
  error: string | undefined;
  expiresIn: number | undefined;
}

async function refresh(token: string): Promise<Answer> {
  const client = { client_id: provider.clientId, client_secret: provider.clientSecret };
  const form = { grant_type: 'refresh_token', refresh_token: token, ...client };
  const response = await fetch(`${proxy.origin}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const body = (await response.json()) as { refresh_token?: string; error?: string; expires_in?: number };
  return {
    status: response.status,
    refreshToken: body.refresh_token ?? '',
    error: body.error,
    expiresIn: body.expires_in,
  };
}

const state = async () => (await provider.grants()).find((one) => one.grant === grant);
const logged = async () => (await provider.requests()).filter((one) => one.grant === grant);
const callApi = async (token: string) =>
  (await fetch(`${provider.origin}/api/lists`, { headers: { authorization: `Bearer ${token}` } })).status;

describe('the rotating provider', () => {
  it('answers a new refresh token at each use, and knows which one is live', async () => {
    const answer = await refresh(refreshToken);
    expect(answer).toMatchObject({ status: 200, expiresIn: 60 });
    expect(await state()).toEqual({ grant, alive: true, live: [tokenFingerprint(answer.refreshToken)] });
    expect(await logged()).toMatchObject([
      { presented: tokenFingerprint(refreshToken), outcome: 'issued', issued: tokenFingerprint(answer.refreshToken) },
    ]);
  });

  it('kills the grant when a spent token comes again', async () => {
    const { refreshToken: successor } = await refresh(refreshToken);
    expect(await callApi(accessToken)).toBe(200);
    expect(await refresh(refreshToken)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await state()).toEqual({ grant, alive: false, live: [] });
    expect(await refresh(successor)).toMatchObject({ error: 'invalid_grant' });
    expect(countRequests(await logged())).toEqual({ refreshes: 1, reuse: 1 });
    expect(await callApi(accessToken)).toBe(401);
  });

  it('lets one of two at once through, and kills the grant', async () => {
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
    expect(await state()).toMatchObject({ alive: false });
    expect(countRequests(await logged()).reuse).toBe(1);
  });

  it('takes a spent token again within its grace', async () => {
    await provider.configure({ graceSeconds: 30 });
    const [first, second] = [await refresh(refreshToken), await refresh(refreshToken)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect((await state())?.live).toHaveLength(2);
    const held = new Map([[grant, tokenFingerprint(second.refreshToken)]]);
    expect(lostGrants(await provider.grants(), held)).toEqual([]);
  });

  it('refuses a client whose secret was changed, and counts nothing as spent', async () => {
    await provider.configure({ clientSecret: 'another-secret-altogether' });
    expect(await refresh(refreshToken)).toMatchObject({ status: 401, error: 'invalid_client' });
    expect((await state())?.live).toEqual([tokenFingerprint(refreshToken)]);
  });

  it('revokes the whole grant with a refresh token (RFC 7009)', async () => {
    const form = { token: refreshToken, client_id: provider.clientId, client_secret: provider.clientSecret };
    await fetch(`${provider.origin}/token/revocation`, { method: 'POST', body: new URLSearchParams(form) });
    expect(await state()).toMatchObject({ alive: false });
    expect((await provider.revocations()).at(-1)).toMatchObject({ grant });
  });
});

describe('the judge', () => {
  it('calls a grant lost that is dead, or whose live token is not ours', async () => {
    const states = async () => (await provider.grants()).filter((one) => one.grant === grant);
    expect(lostGrants(await states(), new Map([[grant, tokenFingerprint(refreshToken)]]))).toEqual([]);
    expect(lostGrants(await states(), new Map([[grant, null]]))).toEqual([grant]);
    await refresh(refreshToken);
    expect(lostGrants(await states(), new Map([[grant, tokenFingerprint(refreshToken)]]))).toEqual([grant]);
    expect(lostGrants(await states(), new Map())).toEqual([]);
  });
});

describe('the fault proxy', () => {
  it('drops an answer after the provider has committed', async () => {
    proxy.choose = () => ({ kind: 'cut' });
    await expect(refresh(refreshToken)).rejects.toThrow();
    expect(await logged()).toMatchObject([{ outcome: 'issued' }]);
    expect(proxy.passages.at(-1)).toMatchObject({ fault: 'cut', committedAt: expect.any(Number), answeredAt: null });
  });

  it('resets a connection before the provider hears of it', async () => {
    proxy.choose = () => ({ kind: 'reset' });
    await expect(refresh(refreshToken)).rejects.toThrow();
    expect(await logged()).toEqual([]);
  });

  it.each([
    ['429 with Retry-After', failing(429, '7'), { status: 429, retryAfter: '7', body: '' }],
    ['503', failing(503), { status: 503, retryAfter: null, body: '' }],
    ['a page', html, { status: 200, retryAfter: null, body: expect.stringContaining('<html>') }],
    ['nothing', empty, { status: 200, retryAfter: null, body: '' }],
  ])('answers %s in the place of the provider', async (_, fault, expected) => {
    proxy.choose = () => fault;
    const response = await fetch(`${proxy.origin}/token`, { method: 'POST', body: `refresh_token=${refreshToken}` });
    const retryAfter = response.headers.get('retry-after');
    expect({ status: response.status, retryAfter, body: await response.text() }).toEqual(expected);
    expect(await logged()).toEqual([]);
    expect(proxy.counts().answer).toBeGreaterThan(0);
  });

  it('holds an answer for as long as it is told', async () => {
    proxy.choose = () => ({ kind: 'delay', seconds: 0.2 });
    expect((await refresh(refreshToken)).status).toBe(200);
    const { committedAt, answeredAt } = proxy.passages.at(-1) ?? {};
    expect((answeredAt ?? 0) - (committedAt ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(199);
  });

  it('notes whom it could not answer because they had gone', async () => {
    const until = new Gate();
    proxy.choose = () => ({ kind: 'hold', until });
    const leaving = new AbortController();
    const asked = fetch(`${proxy.origin}/token`, { method: 'POST', body: 'refresh_token=x', signal: leaving.signal });
    await expect.poll(() => proxy.passages.at(-1)?.committedAt).toEqual(expect.any(Number));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => proxy.passages.at(-1)?.abandonedAt).toEqual(expect.any(Number));
    until.open();
    await expect.poll(() => proxy.underWay).toBe(0);
  });
});
