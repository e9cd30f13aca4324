import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

const METRICS_TOKEN = 'metrics-token-of-the-test';

let scenario: Scenario;
let partner: Partner;
let run: string;
let authentication: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol();
  const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  authentication = await ada.connectCrm(scenario);
  run = await ada.run('create_contact', authentication, { email: 'ada@metrics.test', list_id: 'lst_leads' });
  await ada.ended(run);
});
afterAll(() => scenario?.close());

async function scrape(): Promise<string> {
  const answer = await scenario.gatehouse.get('/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return answer.text;
}

/** Of the series whose labels hold all of these. */
function value(text: string, name: string, ...labels: string[]): number {
  const line = text
    .split('\n')
    .find((each) => /^\w+/.exec(each)?.[0] === name && labels.every((label) => each.includes(label)));
  if (line === undefined) throw new Error(`${name} with ${labels.join()} is not in\n${text}`);
  return Number(line.split(' ').at(-1));
}

const requestSeries = (text: string) => text.split('\n').filter((line) => line.startsWith('gatehouse_http_request'));

describe('what Prometheus reads', () => {
  test('counts the main job, from the token to the run', async () => {
    // A run is counted just after its end is there for all to see.
    const text = await vi.waitFor(
      async () => {
        const scraped = await scrape();
        expect(value(scraped, 'gatehouse_run_duration_seconds_count', 'state="succeeded"')).toBe(1);
        return scraped;
      },
      { timeout: 20_000 },
    );
    expect(value(text, 'gatehouse_token_requests_total', 'grant="token_exchange"', 'result="ok"')).toBeGreaterThan(0);
    expect(value(text, 'gatehouse_egress_request_duration_seconds_count', 'purpose="action"', '2xx')).toBeGreaterThan(
      0,
    );
    const created = ['route="/v2/action-runs"', 'method="POST"', 'status="2xx"'];
    expect(value(text, 'gatehouse_http_request_duration_seconds_count', ...created)).toBe(1);
    expect(value(text, 'gatehouse_connections', 'status="connected"')).toBe(1);
    expect(value(text, 'gatehouse_vault_operations_total', 'operation="open"', 'result="ok"')).toBeGreaterThan(0);
    expect(value(text, 'gatehouse_database_query_duration_seconds_count', 'result="ok"')).toBeGreaterThan(0);
    expect(value(text, 'gatehouse_audit_found_broken_total')).toBe(0);
    for (const name of ['gatehouse_database_up', 'gatehouse_listening']) expect(value(text, name)).toBe(1);
    // Not all of them have gone round by now.
    const loops = ['runs', 'refreshes', 'callbacks', 'webhooks', 'key_rotation', 'vault'];
    for (const loop of [...loops, 'revocation_jobs', 'audit_chaining', 'audit_checkpoints'])
      await vi.waitFor(
        async () =>
          expect(value(await scrape(), 'gatehouse_loop_age_seconds', `loop="${loop}"`), loop).toBeLessThan(30),
        { timeout: 30_000, interval: 250 },
      );
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
      expect(value(text, name)).toBeGreaterThan(0);
  });

  test('counts a refused exchange by its code, and an invented grant under no name of its own', async () => {
    await partner.exchangeJwt('ada', { subject_token: 'nonsense' });
    const form = { grant_type: 'urn:invented:by:the:caller' };
    await scenario.gatehouse.call('POST', '/oauth/token', { form });
    const text = await scrape();
    expect(value(text, 'gatehouse_token_requests_total', 'grant="token_exchange"', 'result="invalid')).toBe(1);
    expect(value(text, 'gatehouse_token_requests_total', 'grant="unknown"', 'result="unsupported_grant_type"')).toBe(1);
    expect(text).not.toContain('invented');
  });

  test('holds no id, no name and no secret, however many paths are asked for', async () => {
    const before = requestSeries(await scrape()).length;
    for (let path = 0; path < 50; path += 1) await scenario.gatehouse.get(`/v2/action-runs/${path}-secret-path`);
    for (let path = 0; path < 50; path += 1) await scenario.gatehouse.get(`/nowhere/${path}-secret-path`);
    const text = await scrape();
    // One series for the route, and one for all that is nowhere.
    expect(requestSeries(text).length - before).toBeLessThanOrEqual(2 * 16);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/);
    for (const word of [
      run,
      authentication,
      'secret-path',
      'acme-notes',
      'acme-crm',
      'ada',
      scenario.crmClient.clientSecret,
    ])
      expect(text).not.toContain(word);
  });
});

test('a process that is only a worker is read too, by who has the token where one is set', async () => {
  const port = String(await freePort());
  const worker = await scenario.startService({ ROLES: 'worker', PORT: port, METRICS_TOKEN });
  const read = (token?: string) =>
    fetch(`${worker.url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  expect((await read()).status).toBe(401);
  expect((await read('another-token-of-that-length')).status).toBe(401);
  const text = await vi.waitFor(
    async () => {
      const answer = await read(METRICS_TOKEN);
      expect(answer.status).toBe(200);
      const body = await answer.text();
      expect(body).toContain('gatehouse_loop_age_seconds{loop="runs"}');
      return body;
    },
    { timeout: 20_000 },
  );
  expect(value(text, 'gatehouse_queue_due', 'queue="runs"')).toBe(0);
  expect(text).not.toContain(METRICS_TOKEN);
});

describe('health', () => {
  test('names each check, in a sentence', async () => {
    const { json } = await scenario.gatehouse.get('/health/ready');
    const ok = { status: 'ok', detail: expect.stringMatching(/^[A-Z].*\.$/) };
    const checks = { database: ok, schema: ok, keyring: ok, listen: ok, loops: ok };
    expect(json).toEqual({ status: 'ok', failing: [], checks });
  });

  test('of the whole is for the operator alone', async () => {
    expect((await scenario.gatehouse.get('/admin/health')).status).toBe(401);
    const { json } = await scenario.gatehouse.admin('GET', '/admin/health');
    expect(json).toMatchObject({
      loops: { runs: expect.any(Number), refreshes: expect.any(Number) },
      queues: expect.arrayContaining([{ queue: 'runs', due: 0, overdue: 0, oldest_seconds: 0 }]),
      circuits: { refreshes: [], upstreams: [] },
    });
  });
});
