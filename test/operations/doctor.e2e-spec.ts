import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createBareDatabase,
  createTestDatabase,
  freePort,
  json,
  queryOnce,
  startHttpServer,
  startService,
  temporaryFolder,
  type HttpServer,
  type ServiceProcess,
  type TestDatabase,
} from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

interface Report {
  ok: boolean;
  findings: { check: string; level: string; detail: string; next?: string }[];
}

const run = promisify(execFile);
const folder = temporaryFolder('doctor');
const key = () => randomBytes(32).toString('base64');
const secrets = { ADMIN_TOKEN: randomBytes(32).toString('base64url'), VAULT_KEYRING: `k1:${key()}` };

let database: TestDatabase;
let partnerServer: HttpServer;
let service: ServiceProcess;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  partnerServer = await startHttpServer();
  const port = String(await freePort());
  env = { PORT: port, PUBLIC_URL: `http://localhost:${port}`, DATA_DIR: folder.path, ...secrets };
  service = await startService({ databaseUrl: database.url, env });
  const publishKeys = (keys: unknown) => {
    partnerServer.answerWith(json(200, keys));
    return `${partnerServer.origin}/jwks.json`;
  };
  await Partner.enrol(new Gatehouse(service.url, service.adminToken), { slug: 'acme-notes', publishKeys });
});
afterAll(async () => {
  await service?.stop();
  await partnerServer?.close();
  await database?.drop();
  folder.remove();
});

async function doctor(changes: Record<string, string> = {}): Promise<{ code: number; text: string }> {
  const surroundings = { PATH: process.env.PATH, HOST: '127.0.0.1', DATABASE_URL: database.url, ...env, ...changes };
  const parameters = ['dist/apps/doctor/src/main.js', 'doctor', '--json'];
  return run(process.execPath, parameters, { env: surroundings }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, text: error.stdout }),
  );
}

async function failing(changes: Record<string, string>): Promise<string[]> {
  const { code, text } = await doctor(changes);
  const { ok, findings } = JSON.parse(text) as Report;
  expect([code, ok]).toEqual([1, false]);
  for (const secret of [
    ...Object.values(secrets),
    ...Object.values(changes).filter((value) => value.startsWith('k2:')),
  ])
    expect(text).not.toContain(secret);
  const failed = findings.filter(({ level }) => level === 'fail');
  for (const { next } of failed) expect(next).toMatch(/\w/);
  return failed.map(({ check }) => check);
}

test('the start prints what an operator has to know, and nothing of modules and routes', () => {
  const lines = service.logs().map((line) => JSON.parse(line) as { level: number; context: string; msg: string });
  const start = lines.slice(0, lines.findIndex(({ msg }) => msg.startsWith('Ready on ')) + 1);
  expect(start.map(({ context }) => context)).toEqual(['Start', 'Start', 'Start']);
  expect(start.at(-1)?.msg).toBe(`Ready on 127.0.0.1:${env.PORT} for ${env.PUBLIC_URL}, as api and worker`);
});

describe('the doctor', () => {
  test('finds that nothing fails where nothing does, and says so check by check, on a connection that can not write', async () => {
    const readOnly = `${database.url}?options=-c%20default_transaction_read_only%3Don`;
    await expect(queryOnce(readOnly, 'CREATE TABLE written ()')).rejects.toThrow(/read-only/);
    const { code, text } = await doctor({ DATABASE_URL: readOnly });
    const { ok, findings } = JSON.parse(text) as Report;
    expect(findings.filter(({ level }) => level === 'fail')).toEqual([]);
    expect([code, ok]).toEqual([0, true]);
    const well = findings.filter(({ level }) => level === 'ok').map(({ check }) => check);
    const checks = [
      'egress',
      'data_dir',
      'port',
      'public_url',
      'database',
      'clock',
      'schema',
      'keyring',
      'tenant_trust',
      'tenant_jwks',
    ];
    expect(well).toEqual(expect.arrayContaining(checks));
  });

  test('finds all that is wrong at once, with what to do about each', async () => {
    const changes = {
      NODE_ENV: 'production',
      EGRESS_ALLOW: '127.0.0.0/8,::1/128,169.254.0.0/16',
      DATA_DIR: '/dev/null/data',
      VAULT_KEYRING: `k2:${key()}`,
    };
    expect(await failing(changes)).toEqual(['egress', 'data_dir', 'public_url', 'keyring']);
  });

  test.each([
    ['an environment that the service would refuse', 'environment', { PORT: 'none' }],
    ['a database that is not there', 'database', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }],
  ])('finds %s', async (_, check, changes) => {
    expect(await failing(changes as Record<string, string>)).toEqual([check]);
  });

  test('finds a database that no migration has seen', async () => {
    const bare = await createBareDatabase();
    try {
      expect(await failing({ DATABASE_URL: bare.url })).toEqual(['schema']);
    } finally {
      await bare.drop();
    }
  });

  test('names the tenant whose keys do not answer', async () => {
    partnerServer.answerWith(json(503, {}));
    const { text } = await doctor();
    const { findings } = JSON.parse(text) as Report;
    const trust = findings.filter(({ check }) => check === 'tenant_trust');
    expect(trust).toEqual([
      expect.objectContaining({ level: 'fail', detail: expect.stringMatching(/^acme-notes: .*503/) }),
    ]);
  });
});
