import { randomBytes } from 'node:crypto';
import { Client, DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer } from '#libs/database';
import { json, startHttpServer, temporaryFolder, type HttpServer } from '#libs/testing';
import type { Call } from '../main-job/gatehouse.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';

/**
 * Statements of each, at most, besides BEGIN and COMMIT: one or two more than are made while the process remembers what it read a moment ago.
 * Whoever needs more says here why it is worth the round trip.
 */
const BUDGET = {
  exchange: 2,
  listApps: 2,
  listConnections: 4,
  createRun: 4,
  'loop runs': 8,
  'loop refreshes': 11,
};
/** More than any budget of a list leaves room for. */
const APPS = 5;

const SETTINGS = {
  fsync: 'off',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_utility': 'off',
};

interface Span {
  traceId: string;
  name: string;
}

const folder = temporaryFolder('statements');
const traces: Record<string, string> = {};
let server: EmbeddedServer;
let collector: HttpServer;
let scenario: Scenario;
let operator: Client;
let spans: Span[];

beforeAll(async () => {
  server = await startEmbeddedServer({ dataDir: folder.path, settings: SETTINGS });
  const url = new URL(server.url);
  url.username = 'postgres';
  operator = new Client({ connectionString: url.href });
  await operator.connect();
  await operator.query('CREATE EXTENSION pg_stat_statements');
  collector = await startHttpServer();
  collector.answerWith(json(200, {}));
  scenario = await Scenario.start({
    databaseUrl: server.url,
    accessTokenSeconds: 20,
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin },
  });
  await operator.query('SELECT pg_stat_statements_reset()');
  await mainJob();
  await Promise.all(scenario.services.map((service) => service.stop()));
  spans = collector.requests.flatMap(({ body }) => spansIn(body));
});
afterAll(async () => {
  await scenario?.close();
  await collector?.close();
  await operator?.end();
  await server?.discard();
  folder.remove();
});

async function mainJob(): Promise<void> {
  const partner = await scenario.enrol();
  for (let app = 1; app < APPS; app += 1) await offerAnother(`acme-crm-${app}`);
  // The first of a tenant and of a user makes what the others find.
  await partner.accessToken('ada');
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: partner.clientId,
    client_secret: partner.clientSecret,
    subject_token: await partner.jwt('ada'),
    subject_token_type: 'urn:ietf:params:oauth:token-type:external-jwt',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope: 'zap action:run connection:read',
  };
  await traced('exchange', 'POST', '/oauth/token', { form });
  const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  const bearer = ada.token;
  const authentication = await ada.connectCrm(scenario);
  await ada.connectCrm(scenario);
  await traced('listApps', 'GET', '/v2/apps', { bearer });
  await traced('listConnections', 'GET', `/v2/authentications?app=${await ada.appId()}`, { bearer });
  const inputs = { email: 'ada@budget.test', list_id: 'lst_leads' };
  const order = { data: { action: await ada.actionId('create_contact'), authentication, inputs } };
  const created = await traced('createRun', 'POST', '/v2/action-runs', { bearer, json: order });
  await ada.ended(created.at('data.id'));
  const path = `/v2/authentications/${authentication}`;
  const first = (await ada.get(path)).at('data.last_refreshed_at');
  const isRefreshed = async () => expect((await ada.get(path)).at('data.last_refreshed_at')).not.toBe(first);
  await vi.waitFor(isRefreshed, { timeout: 30_000, interval: 200 });
}

async function offerAnother(key: string): Promise<void> {
  const document = (await scenario.crmDocument()) as { info: { 'x-gatehouse': { key: string } } };
  document.info['x-gatehouse'].key = key;
  await scenario.gatehouse.admin('POST', '/admin/apps', document);
  const { clientId, clientSecret } = scenario.crmClient;
  const oauth = { client_id: clientId, client_secret: clientSecret };
  await scenario.gatehouse.admin('PUT', `/admin/tenants/acme-notes/apps/${key}`, { oauth });
}

async function traced(operation: keyof typeof BUDGET, method: string, path: string, call: Call) {
  const trace = randomBytes(16).toString('hex');
  traces[operation] = trace;
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const answer = await scenario.gatehouse.call(method, path, { ...call, headers });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer;
}

function spansIn(body: string): Span[] {
  const sent = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  return sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
}

const statements = (trace: string) =>
  spans.filter(({ traceId, name }) => traceId === trace && name.startsWith('db ')).length;

/** Of the costliest row that the loop took. */
function statementsOfLoop(loop: string): number {
  return Math.max(...spans.filter(({ name }) => name === loop).map(({ traceId }) => statements(traceId)));
}

test('each operation of the main job makes no more statements than its budget has', () => {
  for (const [operation, budget] of Object.entries(BUDGET)) {
    const trace = traces[operation];
    const made = trace === undefined ? statementsOfLoop(operation) : statements(trace);
    expect(made, operation).toBeGreaterThan(0);
    expect(made, operation).toBeLessThanOrEqual(budget);
  }
});

describe('each statement', () => {
  let ofTenants: Set<string>;

  beforeAll(async () => {
    // An empty table is read whole whatever its indexes. So is one that has none of use: from here on only that one.
    await operator.query('SET enable_seqscan = off');
    const { rows } = await operator.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'`,
    );
    ofTenants = new Set(rows.map(({ name }) => name));
  });

  const readWhole = (plan: string) =>
    [...plan.matchAll(/Seq Scan on (\w+)/g)].flatMap(([, table = '']) => (ofTenants.has(table) ? [table] : []));

  test('that no index serves is found out', async () => {
    const plan = await explained(`SELECT id FROM connections WHERE title = $1`);
    expect(readWhole(plan ?? '')).toEqual(['connections']);
  });

  test('finds the rows of tenants by an index', async () => {
    const { rows } = await operator.query<{ query: string }>(
      `SELECT DISTINCT query FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
        WHERE rolname <> 'postgres' AND query ~* '^\\s*(WITH|SELECT|INSERT|UPDATE|DELETE)' ORDER BY query`,
    );
    const plans: { query: string; plan: string | null }[] = [];
    for (const { query } of rows) plans.push({ query, plan: await explained(query) });
    expect(plans.length).toBeGreaterThan(50);
    expect(plans.filter(({ plan }) => plan === null).length).toBeLessThan(plans.length / 10);
    expect(plans.filter(({ plan }) => readWhole(plan ?? '').length > 0)).toEqual([]);
  });
});

/** @returns null where its constants, which PostgreSQL keeps as parameters, leave their types open */
async function explained(query: string): Promise<string | null> {
  try {
    const { rows } = await operator.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${query}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } catch (error) {
    if (error instanceof DatabaseError) return null;
    throw error;
  }
}
