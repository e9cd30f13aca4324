import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';

/** Several times the connections that a process has. */
const CROWD = 60;

let scenario: Scenario;
let ada: EmbedUser;
let authentication: string;
let path: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  ada = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol(), 'ada');
  authentication = await ada.connectCrm(scenario);
  path = `/v2/authentications?app=${await ada.appId()}`;
});
afterAll(() => scenario?.close());

/** Holds up whoever reads connections, as a database does that gets nothing done. */
async function slowDatabase(): Promise<AsyncDisposable> {
  const client = new Client({ connectionString: scenario.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE connections IN ACCESS EXCLUSIVE MODE');
  return { [Symbol.asyncDispose]: () => client.end() };
}

const connections = () => ada.get(path);
const waited = async () => {
  const { text } = await scenario.gatehouse.get('/metrics');
  return Number(/^gatehouse_database_pool_wait_seconds (\S+)$/m.exec(text)?.[1]);
};

function expectRefusal(answer: Answer): void {
  expect(answer.status, answer.text).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
}

test('with more to do than the database keeps up with, what comes is refused at once, and all is well when the crowd has gone', async () => {
  expect(await waited()).toBe(0);
  let answered = 0;
  let crowd: Promise<Answer>[] = [];
  {
    await using _ = await slowDatabase();
    crowd = Array.from({ length: CROWD }, () => connections().finally(() => (answered += 1)));
    // Those who came before still wait: who is refused has not waited with them.
    await vi.waitFor(async () => expect(await waited()).toBeGreaterThan(2), { timeout: 20_000, interval: 50 });
    const refused = await connections();
    expect(answered).toBe(0);
    expectRefusal(refused);
    expect(refused.json).toMatchObject({ errors: [{ status: 503, code: 'unavailable' }] });

    const { gatehouse } = scenario;
    const token = await gatehouse.call('POST', '/oauth/token', { form: { grant_type: 'client_credentials' } });
    expectRefusal(token);
    expect(token.json).toMatchObject({ error: 'temporarily_unavailable' });
    const admin = await gatehouse.call('GET', '/admin/tenants', { bearer: gatehouse.adminToken });
    expectRefusal(admin);
    expect(admin.headers.get('content-type')).toContain('application/problem+json');
    const page = await gatehouse.get('/to/acme-crm');
    expectRefusal(page);
    expect(page.headers.get('content-type')).toContain('text/html');
    // A worker that lives is not to be killed for what its database does.
    expect((await gatehouse.get('/health/live')).status).toBe(200);
  }
  for (const { status } of await Promise.all(crowd)) expect([200, 503]).toContain(status);
  expect(await waited()).toBe(0);
  const list = await connections();
  expect(list.status).toBe(200);
  expect(list.at('data.0.id')).toBe(authentication);
});
