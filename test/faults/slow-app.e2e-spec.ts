import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EmbedUser } from '../main-job/embed-user.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

const ENDS_IN_MILLISECONDS = 10_000;
const AFTER_LEASE_SECONDS = 65;

let scenario: Scenario;
let ada: EmbedUser;
let app: Server;
/** Requests that reached the app, by method, and the answers that it owes. */
let arrived: string[];
let owed: ServerResponse[];

beforeEach(async () => {
  arrived = [];
  owed = [];
  app = createServer((request, response) => {
    arrived.push(request.method ?? '');
    owed.push(response);
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  scenario = await Scenario.start();
  ada = await EmbedUser.signIn(
    scenario.gatehouse,
    await Partner.enrol(scenario.gatehouse, { slug: 'acme-notes' }),
    'ada',
  );
  const { port } = app.address() as AddressInfo;
  const responses = { 200: { description: 'Done' } };
  await scenario.gatehouse.admin('POST', '/admin/apps', {
    openapi: '3.1.0',
    info: { title: 'Slow app', version: '1' },
    servers: [{ url: `http://localhost:${port}` }],
    paths: { '/work': { get: { operationId: 'look', responses }, post: { operationId: 'work', responses } } },
  });
});
afterEach(async () => {
  app.closeAllConnections();
  app.close();
  await scenario.close();
});

async function start(operation: 'look' | 'work'): Promise<string> {
  const id = (await ada.get('/v2/apps')).at('data.0.id');
  const run = await ada.post('/v2/action-runs', { data: { action: `core:${id}.${operation}`, inputs: {} } });
  await vi.waitUntil(() => owed.length > 0, { timeout: 10_000, interval: 20 });
  return run.at('data.id');
}

function answerAll(): void {
  for (const response of owed.splice(0)) {
    response.setHeader('content-type', 'application/json').end('{"done":true}');
  }
}

/** SIGTERM. @returns the exit code; null when it had to be killed, because it had not ended in time */
async function terminate(): Promise<number | null> {
  const service = scenario.services.at(-1);
  const overdue = setTimeout(() => void service?.kill(), ENDS_IN_MILLISECONDS);
  const code = await service?.stop();
  clearTimeout(overdue);
  return code ?? null;
}

const accepts = () =>
  fetch(`${scenario.gatehouse.url}/health/live`).then(
    () => true,
    () => false,
  );

test('SIGTERM stops accepting, waits for the answer to a request that is under way, and the run has ended with it', async () => {
  const run = await start('work');
  const ended = terminate();
  await vi.waitUntil(async () => !(await accepts()), { timeout: 20_000, interval: 50 });
  answerAll();
  expect(await ended).toBe(0);
  await scenario.startService();
  expect((await ada.get(`/v2/action-runs/${run}`)).json).toMatchObject({
    data: { status: 'success', results: [{ done: true }] },
  });
  expect(arrived).toEqual(['POST']);
});

test.each([
  ['look', 'succeeded', ['GET', 'GET']],
  ['work', 'outcome_unknown', ['POST']],
] as const)(
  'SIGTERM ends within 10 s although an app never answers, and the run of %s ends as %s after the next start',
  async (operation, state, requests) => {
    const run = await start(operation);
    expect(await terminate()).toBe(0);
    owed = [];
    await scenario.startService();
    const ended = await vi.waitFor(
      async () => {
        answerAll();
        const answer = await ada.get(`/v2/action-runs/${run}`);
        if (answer.at('data.status') === 'waiting') throw new Error(answer.text);
        return answer;
      },
      { timeout: AFTER_LEASE_SECONDS * 1000, interval: 200 },
    );
    expect(ended.at('data.state')).toBe(state);
    expect(arrived).toEqual(requests);
  },
);

test('SIGTERM ends within 10 s although a client never finishes its request', async () => {
  const { port } = new URL(scenario.gatehouse.url);
  const idle = connect(Number(port), '127.0.0.1');
  const stuck = connect(Number(port), '127.0.0.1');
  for (const socket of [idle, stuck]) socket.on('error', () => undefined);
  await Promise.all([once(idle, 'connect'), once(stuck, 'connect')]);
  stuck.write(
    'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  idle.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  expect(await terminate()).toBe(0);
  for (const socket of [idle, stuck]) socket.destroy();
});
