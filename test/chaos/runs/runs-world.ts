import { randomBytes } from 'node:crypto';
import { CountingApp, json, queryOnce, startHttpServer } from '#libs/testing';
import { Gatehouse } from '../../main-job/gatehouse.js';
import { Partner } from '../../main-job/partner.js';
import type { Ground } from '../refresh/experiment.js';
import { Member } from '../refresh/member.js';
import { becomes } from '../refresh/until.js';

export type Action = 'plain' | 'keyed' | 'polled' | 'awaited' | 'read';

/** Of one action: how its runs stand. */
export interface States {
  runs: number;
  succeeded: number;
  unknown: number;
  open: number;
  others: Record<string, number>;
}

type Ending = () => unknown;

/** The built service in several processes, and a third party in one of its own that counts. */
export class RunsWorld implements AsyncDisposable {
  readonly members: Member[] = [];
  app!: CountingApp;
  /** Of each run that somebody was called back about: how often. */
  readonly told = new Map<string, number>();
  #callbackUrl = '';
  #databaseUrl = '';
  #actions = new Map<Action, string>();
  #token = '';
  readonly #endings: Ending[] = [];

  static async start(ground: Ground, processes: number): Promise<RunsWorld> {
    const world = new RunsWorld();
    try {
      await world.#start(ground, processes);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Asks one process for a run. @returns whether it said that it took it on: one that is killed meanwhile may have done so all the same */
  async create(action: Action, inputs: object, member = this.#any()): Promise<boolean> {
    const response = await fetch(`${member.url}/v2/action-runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ data: { action: this.#actions.get(action), inputs, callback_url: this.#callbackUrl } }),
    }).catch(() => null);
    await response?.text().catch(() => '');
    return response?.status === 200;
  }

  /** Waits until no run is open, and nobody is to be called back any more. */
  async settles(seconds: number): Promise<boolean> {
    const count = `SELECT (SELECT count(*) FROM run_jobs) + (SELECT count(*) FROM run_callbacks) AS open`;
    const open = async () => Number((await this.query(count))[0]?.open);
    return becomes(async () => (await open().catch(() => 1)) === 0, seconds, 500);
  }

  /** Ended runs of the action whose callback nobody got. */
  async untold(action: Action): Promise<number> {
    const ended = await this.query(`SELECT id FROM runs WHERE action_key = $1 AND finished_at IS NOT NULL`, [action]);
    return ended.filter(({ id }) => !this.told.has(String(id))).length;
  }

  async states(action: Action): Promise<States> {
    const rows = await this.query(
      `SELECT state, count(*)::int AS count FROM runs WHERE action_key = $1 GROUP BY state`,
      [action],
    );
    const counts = Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
    const { succeeded = 0, outcome_unknown: unknown = 0, queued = 0, running = 0, polling = 0, ...others } = counts;
    const runs = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return { runs, succeeded, unknown, open: queued + running + polling, others };
  }

  query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.#databaseUrl, sql, values);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      await Promise.resolve(end()).catch((error: unknown) => console.error('This did not end properly:', error));
    }
  }

  #any(): Member {
    return this.members[Math.floor(Math.random() * this.members.length)] as Member;
  }

  async #start(ground: Ground, processes: number): Promise<void> {
    const database = await ground.database();
    this.#endings.push(() => database.drop());
    this.#databaseUrl = database.url;
    this.app = await CountingApp.start();
    this.#endings.push(() => this.app.close());
    const receiver = await startHttpServer();
    this.#endings.push(() => receiver.close());
    receiver.answerWith((request, response) => {
      const { id } = (JSON.parse(request.body) as { data: { id: string } }).data;
      this.told.set(id, (this.told.get(id) ?? 0) + 1);
      json(200, {})(request, response);
    });
    this.#callbackUrl = receiver.origin;
    const shared = {
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: 'http://localhost:3000',
      RATE_LIMITS: 'off',
    };
    for (let index = 0; index < processes; index += 1) {
      const member = await Member.start(this.#databaseUrl, shared);
      this.#endings.push(() => member.close());
      this.members.push(member);
    }
    const gatehouse = new Gatehouse(this.members[0]?.url ?? '', shared.ADMIN_TOKEN);
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    await gatehouse.admin('POST', '/admin/apps', this.app.document('counting'));
    this.#token = await partner.accessToken('ada');
    const id = (await gatehouse.get('/v2/apps', this.#token)).at('data.0.id');
    for (const action of ['plain', 'keyed', 'polled', 'awaited', 'read'] as const) {
      this.#actions.set(action, `core:${id}.${action}`);
    }
  }
}
