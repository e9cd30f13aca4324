import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer } from '#libs/database';
import { temporaryFolder } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';
import { Relay } from './relay.js';

const folder = temporaryFolder('outage');
const relay = new Relay();

let server: EmbeddedServer;
let scenario: Scenario;
let ada: EmbedUser;
let authentication: string;

beforeAll(async () => {
  await startDatabase();
  const url = new URL(server.url);
  url.port = String(await relay.listen());
  scenario = await Scenario.start({ databaseUrl: url.href });
  ada = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol(), 'ada');
  authentication = await ada.connectCrm(scenario);
});
afterAll(async () => {
  await scenario?.close();
  await relay.close();
  await server?.discard();
});

async function startDatabase(): Promise<void> {
  server = await startEmbeddedServer({ dataDir: folder.path, settings: { fsync: 'off' } });
  relay.target = Number(new URL(server.url).port);
}

const becomes = (path: string, status: number) =>
  vi.waitFor(
    async () => {
      const answer = await scenario.gatehouse.get(path);
      expect(answer.status, answer.text).toBe(status);
      return answer;
    },
    { timeout: 30_000, interval: 100 },
  );

test('without its database the service lives, says that it is not ready and why, and goes on by itself', async () => {
  expect((await scenario.gatehouse.get('/health/ready')).json).toMatchObject({ status: 'ok', failing: [] });
  await server.stop();
  const unready = await becomes('/health/ready', 503);
  expect(unready.json).toMatchObject({ status: 'unavailable', failing: [expect.stringMatching(/database/i)] });
  expect(unready.at('checks.database.status')).toBe('fail');
  expect((await scenario.gatehouse.get('/health/live')).status).toBe(200);
  const asked = { bearer: scenario.gatehouse.adminToken };
  for (const refused of [await ada.get('/v2/apps'), await scenario.gatehouse.call('GET', '/admin/tenants', asked)]) {
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.text).toContain('Try again in a few seconds.');
    expect(refused.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|\.js:/);
  }

  await startDatabase();
  await becomes('/health/ready', 200);
  const inputs = { email: 'recovered@faults.test', list_id: 'lst_leads' };
  const run = await ada.ended(await ada.run('create_contact', authentication, inputs));
  expect(run.at('data.status')).toBe('success');
});
