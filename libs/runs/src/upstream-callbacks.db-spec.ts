import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import {
  claimRow,
  createRun,
  type HttpServer,
  json,
  startHttpServer,
  startUpstreamScene,
  type UpstreamOwner,
  type UpstreamScene,
} from '#libs/testing';
import { Upstreams } from '#libs/upstream';
import { RunsModule, UpstreamCallbacks } from './index.js';
import { RunExecutor } from './run-executor.js';
import { UpstreamCallbackAddress } from './upstream-callback-address.js';

let scene: UpstreamScene;
let server: HttpServer;
let owner: UpstreamOwner;
let keys: GenerateKeyPairResult;
let runId: string;
let remoteId: string;
let token: string;

const BODY = JSON.stringify({ data: { type: 'run', id: 'whatever', status: 'success', results: [{ forged: true }] } });

beforeAll(async () => {
  scene = await startUpstreamScene([RunsModule], { runMilliseconds: 3_600_000 });
  server = await startHttpServer();
  keys = await generateKeyPair('RS256');
});
beforeEach(async () => {
  // A set of its own: what is held of another is no help.
  const jwksUrl = `${server.origin}/${randomUUID()}`;
  await publish('one');
  owner = await scene.newOwner('trello', { jwksUrl });
  runId = await createRun(scene.app, owner.tenantId, {
    ...owner,
    actionKey: 'WRITE.create_card',
    upstream: 'zapier',
    inputs: new Secret({ name: 'Ada' }),
  });
  await scene.app.get(RunExecutor).step(await claimRow(scene.app, 'run_jobs', runId));
  await scene.app.database.query(`UPDATE run_jobs SET due_at = $2 WHERE id = $1`, [runId, scene.app.clock.in(600)]);
  remoteId = (await scene.emulator.ask('runs')).at(-1)?.id ?? '';
  token = await tokenOf(runId);
});
afterAll(async () => {
  await server?.close();
  await scene?.close();
});

async function publish(...kids: string[]): Promise<void> {
  const jwk = await exportJWK(keys.publicKey);
  server.answerWith(json(200, { keys: kids.map((kid) => ({ ...jwk, kid, alg: 'RS256', use: 'sig' })) }));
}

async function tokenOf(id: string, process = scene.app): Promise<string> {
  const [upstream] = await scene.app.get(Upstreams).list(owner.tenantId);
  if (!upstream) throw new Error('There is no upstream.');
  const run = { tenantId: owner.tenantId, id } as Parameters<UpstreamCallbackAddress['of']>[0]['run'];
  const url = await process.get(UpstreamCallbackAddress).of({ run, upstream });
  return url?.split('/').at(-1) ?? '';
}

const now = () => Math.floor(scene.app.clock.now().getTime() / 1000);
const sign = (claims: Record<string, unknown> = {}, kid = 'one', key = keys.privateKey) =>
  new SignJWT({ iat: now(), exp: now() + 300, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
const receive = (signature: string, at = token) => scene.app.get(UpstreamCallbacks).receive(at, signature, BODY);

async function job() {
  const rows = await scene.app.database.query<{ due_at: Date; phase: string }>(
    `SELECT job.due_at, run.state AS phase FROM run_jobs job JOIN runs run USING (tenant_id, id) WHERE job.id = $1`,
    [runId],
  );
  return rows[0];
}

describe('a callback of an upstream', () => {
  it('has the run looked at now, and nothing of its body is believed', async () => {
    expect(await receive(await sign())).toBe('taken');
    expect(await job()).toEqual({ due_at: scene.app.clock.now(), phase: 'polling' });
  });

  it('may also name the run, the client and the body that it is about', async () => {
    const digest = createHash('sha256').update(BODY).digest('base64url');
    expect(await receive(await sign({ sub: remoteId, aud: owner.clientId, body_sha256: digest }))).toBe('taken');
  });

  const forgeries: [string, () => Promise<string>][] = [
    ['by another key', async () => sign({}, 'one', (await generateKeyPair('RS256')).privateKey)],
    ['without an end', () => sign({ exp: undefined })],
    ['that has ended', () => sign({ exp: now() - 61 })],
    ['that is good for a day', () => sign({ exp: now() + 86_400 })],
    ['of another run', () => sign({ sub: randomUUID() })],
    ['for another client', () => sign({ aud: 'somebody-else' })],
    ['of another body', () => sign({ body_sha256: 'x' })],
    ['that is none', () => Promise.resolve('not.a.jwt')],
    [
      'with a shared secret',
      () => new SignJWT({ exp: now() + 60 }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(new Uint8Array(32)),
    ],
  ];
  it.each(forgeries)('with a signature %s changes nothing', async (_, forge) => {
    expect(await receive(await forge())).toBe('forged');
    expect(await job()).toEqual({ due_at: scene.app.clock.in(600), phase: 'polling' });
  });

  it('at an address that we did not give, or of a run that is gone, is unknown', async () => {
    expect(await receive(await sign(), 'AAAAAQ')).toBe('unknown');
    expect(await receive(await sign(), `${token.slice(0, -4)}AAAA`)).toBe('unknown');
    expect(await receive(await sign(), await tokenOf(randomUUID()))).toBe('unknown');
  });

  it('have one address for all tries of a run, so that a request that is sent again is the same', async () => {
    await using other = await scene.startAnother();
    expect(await tokenOf(runId, other)).toBe(token);
    expect(await tokenOf(randomUUID())).not.toBe(token);
  });

  it('signed with a new key has the keys fetched again, once in half a minute', async () => {
    expect(await receive(await sign())).toBe('taken');
    await publish('one', 'two');
    expect(await receive(await sign({}, 'two'))).toBe('forged');
    expect(server.requests).toEqual([]);
    await scene.advance(30);
    expect(await receive(await sign({}, 'two'))).toBe('taken');
    expect(await receive(await sign({}, 'three'))).toBe('forged');
    expect(server.requests).toHaveLength(1);
  });

  it('is asked for once more while the keys can not be had; keys that are known go on meanwhile', async () => {
    server.answerWith(json(500, {}));
    expect(await receive(await sign())).toBe('unverified');
    await publish('one');
    await scene.advance(30);
    expect(await receive(await sign())).toBe('taken');
    server.answerWith(json(500, {}));
    await scene.advance(300);
    expect(await receive(await sign())).toBe('taken');
  });
});
