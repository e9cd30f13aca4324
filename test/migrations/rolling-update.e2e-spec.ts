import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createBareDatabase, freePort, queryOnce, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { migrationSource, runMigrations, undoMigration } from '../../migrations/data-source.js';
import { Relay } from '../faults/relay.js';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { LockWatch } from './lock-watch.js';
import { newMigrations, PreviousRelease, previousCommit } from './previous-release.js';

/** The whole proof (security.md D2) has 1,000,000 rows. Only then are times judged. */
const ROWS = Number(process.env.MIGRATION_ROWS ?? 2000);
const MOST_MILLISECONDS = ROWS >= 1_000_000 ? 1000 : Infinity;
const LIMIT_MILLISECONDS = 120_000 + ROWS;
const previous = previousCommit();
const skipped = 'missing' in previous ? ` (skipped: ${previous.missing})` : '';

let release: PreviousRelease;
let database: TestDatabase;
let scenario: Scenario;
let partner: Partner;
let authentication: string;
/** What a load balancer is: which process a new connection reaches changes, the address does not. */
const relay = new Relay();

beforeAll(async () => {
  if ('missing' in previous) return;
  release = new PreviousRelease(previous.commit);
  database = await createBareDatabase();
  scenario = await Scenario.start({
    databaseUrl: database.url,
    script: release.script,
    settings: { PORT: String(await freePort()) },
  });
  const [old] = scenario.services;
  relay.target = portOf(old);
  await relay.listen(Number(new URL(scenario.gatehouse.url).port));
  partner = await scenario.enrol();
  const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  authentication = await ada.connectCrm(scenario);
  const run = await ada.ended(await mainJob());
  await multiply('runs', run.at('data.id'));
  await multiply('connections', authentication);
}, LIMIT_MILLISECONDS);
afterAll(async () => {
  await scenario?.close();
  await relay.close();
  await database?.drop();
  release?.[Symbol.dispose]();
});

const portOf = (service: ServiceProcess | undefined) => Number(new URL(service?.url ?? '').port);
const query = (sql: string, ...values: unknown[]) => queryOnce(database.url, sql, values);
const isMigrated = async () =>
  (await query('SELECT 1 FROM migrations WHERE name = $1', newMigrations.at(-1))).length > 0;

/** Copies of a row as it is, so many that a migration that rewrites them shows. They are due for nothing. */
async function multiply(table: string, id: string): Promise<void> {
  const columns = await query(
    `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    table,
  );
  const names = columns.map(({ name }) => String(name));
  const others: Record<string, string> = { id: 'md5($1::text || number)::uuid', due_at: 'NULL', is_default: 'false' };
  await query(
    `INSERT INTO ${table} (${names.join(', ')})
     SELECT ${names.map((name) => others[name] ?? `one.${name}`).join(', ')}
       FROM (SELECT * FROM ${table} WHERE id = $1::text::uuid) AS one, generate_series(1, $2::int) AS number`,
    id,
    ROWS,
  );
  await query(`ANALYZE ${table}`);
}

/** From the partner's JWT to a run that was created. @returns its id */
async function mainJob(): Promise<string> {
  const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  const inputs = { email: `${randomUUID()}@rolling.test`, list_id: 'lst_leads' };
  return ada.run('create_contact', authentication, inputs);
}

/** The main job, again and again, at whichever process `targets` names. */
class Traffic {
  targets: number[];
  readonly failures: string[] = [];
  count = 0;
  slowestMilliseconds = 0;
  #going = true;
  readonly #done: Promise<unknown>;

  constructor(...targets: number[]) {
    this.targets = targets;
    this.#done = Promise.all([this.#loop(), this.#loop()]);
  }

  /** Until that many more have ended. */
  async more(jobs: number): Promise<void> {
    const goal = this.count + jobs;
    await vi.waitUntil(() => this.count >= goal || this.failures.length > 0, { timeout: 60_000, interval: 10 });
  }

  async end(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  async #loop(): Promise<void> {
    const ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
    while (this.#going) {
      relay.target = this.targets[this.count % this.targets.length] ?? 0;
      const startedAt = performance.now();
      try {
        const run = await mainJob();
        this.slowestMilliseconds = Math.max(this.slowestMilliseconds, performance.now() - startedAt);
        const ended = await ada.ended(run);
        if (ended.at('data.status') !== 'success') this.failures.push(ended.text);
      } catch (error) {
        this.failures.push(String(error));
      }
      this.count += 1;
    }
  }
}

test.skipIf(skipped !== '')(
  `the newest migration comes, goes and comes, and its release takes over, while the one before serves on: nothing fails${skipped}`,
  async () => {
    const [old] = scenario.services;
    expect(await isMigrated()).toBe(false);
    const traffic = new Traffic(portOf(old));
    await traffic.more(4);

    await using locks = await LockWatch.start(database.url);
    await runMigrations(database.url);
    await traffic.more(4);
    const source = await migrationSource(database.url).initialize();
    for (const _ of newMigrations) await undoMigration(source);
    await source.destroy();
    await traffic.more(4);

    const current = await scenario.startService({ PORT: String(await freePort()) });
    expect(await isMigrated()).toBe(true);
    // A database that is ahead of it is no reason for the old one to be taken out of service.
    expect((await fetch(`${old?.url}/health/ready`)).status).toBe(200);
    traffic.targets = [portOf(old), portOf(current)];
    await traffic.more(10);
    const grace = await EmbedUser.signIn(scenario.gatehouse, partner, 'grace');
    const connected = await grace.connectCrm(scenario);

    traffic.targets = [portOf(current)];
    await traffic.more(2);
    expect(await old?.stop()).toBe(0);
    await traffic.more(6);
    await traffic.end();
    expect(traffic.failures).toEqual([]);

    // Begun and finished wherever the balancer sent the browser, it works at the new release.
    const inputs = { email: 'grace@rolling.test', list_id: 'lst_leads' };
    const run = await grace.ended(await grace.run('create_contact', connected, inputs));
    expect(run.at('data.status')).toBe('success');
    const { held, waited } = locks;
    console.log(
      `${ROWS} rows each, ${traffic.count} main jobs, the slowest took ${Math.round(traffic.slowestMilliseconds)} ms to be taken on. ` +
        `A migration held ${held.what} for ${Math.round(held.milliseconds)} ms; ${waited.what} was waited for, ${Math.round(waited.milliseconds)} ms.`,
    );
    expect(Math.max(held.milliseconds, waited.milliseconds)).toBeLessThanOrEqual(MOST_MILLISECONDS);
  },
  LIMIT_MILLISECONDS,
);
