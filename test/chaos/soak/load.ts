import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../../main-job/answer.js';
import { ConnectBrowser } from '../../main-job/consent.js';
import type { SoakWorld } from './soak-world.js';

/** Every so many jobs one that the app takes seconds for, and that is polled. */
const EXPORT_EVERY = 5;
const AGAIN_MILLISECONDS = { first: 300, longest: 5000 };
/** A client that has not got through by then gives up: its job is lost. */
const PATIENCE_SECONDS = 90;
const WAIT_SECONDS = 20;

export interface LoadOptions {
  connectEverySeconds: number;
  /** Connected before the load begins. */
  connections: number;
}

interface Connected {
  user: string;
  authentication: string;
}

/** Partners' backends at a steady pace: each does its whole job, and tries again what failed, as a client with an idempotency key may. */
export class Load {
  readonly connected: Connected[] = [];
  /** Runs that were taken on, each with the address of its contact; null for an export. */
  readonly runs = new Map<string, string | null>();
  /** What a client met that was no success, and when it asked and heard of it. */
  readonly failures: { from: number; to: number; what: string }[] = [];
  /** What no client got done. */
  readonly lost: string[] = [];
  jobs = 0;
  /** Jobs of which all was done. */
  done = 0;
  readonly #underWay = new Set<Promise<void>>();
  #actions = new Map<string, string>();
  #going = true;

  constructor(
    private readonly world: SoakWorld,
    private readonly options: LoadOptions,
  ) {}

  async prepare(): Promise<void> {
    for (let count = 0; count < this.options.connections; count += 1) await this.#connect(`user-${count}`);
    const token = await this.world.partner.accessToken('user-0');
    const app = (await this.#get('/v2/apps', token)).at('data.0.id');
    const { data } = (await this.#get(`/v2/actions?limit=100&app=${app}`, token)).json as {
      data: { key: string; id: string }[];
    };
    this.#actions = new Map(data.map(({ key, id }) => [key, id]));
  }

  /** Ends when the last job has. @returns how late the last one began, in seconds: whoever makes the load may be what can't keep up */
  async run(seconds: number, jobsPerSecond: number): Promise<number> {
    const end = Date.now() + seconds * 1000;
    this.#going = true;
    const connecting = this.#keepConnecting();
    for (let next = Date.now(); next < end; next += 1000 / jobsPerSecond) {
      const early = next - Date.now();
      // All that are due begin at once: one in each turn of a busy loop would be fewer.
      if (early > 0) await delay(early);
      this.#follow(this.#job(this.jobs++));
    }
    const late = Math.max(0, Date.now() - end) / 1000;
    this.#going = false;
    await connecting;
    await Promise.all(this.#underWay);
    return late;
  }

  /** As many jobs as so many clients at once get done. @returns in a second */
  async saturate(seconds: number, clients: number): Promise<number> {
    const before = this.done;
    const began = Date.now();
    const lane = async () => {
      while (Date.now() < began + seconds * 1000) await this.#job(this.jobs++);
    };
    await Promise.all(Array.from({ length: clients }, lane));
    return ((this.done - before) / (Date.now() - began)) * 1000;
  }

  /** A read through this connection. @returns what was wrong with it, if anything */
  async tryOut({ user, authentication }: Connected): Promise<string | null> {
    const token = await this.world.partner.accessToken(user);
    const run = await this.#create(token, 'find_contacts', { authentication, inputs: { limit: 1 } }, randomUUID());
    const ended = await this.#ended(token, run);
    return ended.at('data.status') === 'success' ? null : ended.text;
  }

  async #keepConnecting(): Promise<void> {
    while (this.#going) {
      await delay(this.options.connectEverySeconds * 1000);
      await this.#connect(`user-${this.connected.length}`);
    }
  }

  #follow(job: Promise<void>): void {
    this.#underWay.add(job);
    void job.finally(() => this.#underWay.delete(job));
  }

  async #job(number: number): Promise<void> {
    const { user, authentication } = this.connected[number % this.connected.length] as Connected;
    const key = randomUUID();
    const email = number % EXPORT_EVERY === 0 ? null : `${key}@soak.test`;
    const [action, inputs] =
      email === null
        ? ['export_contacts', { format: 'csv', list_id: 'lst_partners' }]
        : ['create_contact', { email, list_id: 'lst_leads' }];
    const token = await this.#insist('exchange', () => this.world.partner.accessToken(user));
    if (token === null) return;
    const run = await this.#insist('create', () => this.#create(token, action, { authentication, inputs }, key));
    if (run === null) return;
    this.runs.set(run, email);
    if ((await this.#insist('wait', () => this.#ended(token, run))) !== null) this.done += 1;
  }

  async #connect(user: string): Promise<void> {
    const authentication = await this.#insist('connect', async () => {
      const token = await this.world.partner.accessToken(user);
      const { message, page } = await new ConnectBrowser(this.world).connect(
        await this.world.partner.sessionCode(token),
      );
      if (!message?.authId) throw new Error(`not connected: ${page.slice(0, 200)}`);
      const path = `/v2/connect-attempts/${message.attempt}/confirm`;
      const data = { connect_code: message.connect_code };
      succeeded(await this.world.gatehouse.post(path, data, token));
      return message.authId;
    });
    if (authentication !== null) this.connected.push({ user, authentication });
  }

  async #create(token: string, action: string, data: object, key: string): Promise<string> {
    const answer = await this.world.gatehouse.call('POST', '/v2/action-runs', {
      bearer: token,
      json: { data: { action: this.#actions.get(action), ...data } },
      headers: { 'idempotency-key': key },
    });
    return succeeded(answer).at('data.id');
  }

  async #ended(token: string, run: string): Promise<Answer> {
    for (const end = Date.now() + PATIENCE_SECONDS * 1000; Date.now() < end;) {
      const answer = await this.#get(`/v2/action-runs/${run}?wait=${WAIT_SECONDS}`, token);
      if (answer.at('data.status') !== 'waiting') return answer;
    }
    throw new Error(`run ${run} did not end`);
  }

  async #get(path: string, token: string): Promise<Answer> {
    return succeeded(await this.world.gatehouse.get(path, token));
  }

  async #insist<Result>(what: string, work: () => Promise<Result>): Promise<Result | null> {
    const end = Date.now() + PATIENCE_SECONDS * 1000;
    for (let pause = AGAIN_MILLISECONDS.first; ; pause = Math.min(2 * pause, AGAIN_MILLISECONDS.longest)) {
      const from = Date.now();
      try {
        return await work();
      } catch (error) {
        this.failures.push({ from, to: Date.now(), what: `${what}: ${String(error)}` });
        if (Date.now() >= end) {
          this.lost.push(`${what}: ${String(error)}`);
          return null;
        }
      } finally {
        // Kept for tests that look into them.
        this.world.gatehouse.bodies.length = 0;
      }
      // Or all that failed at once would come again at once.
      await delay(pause * (0.5 + Math.random() / 2));
    }
  }
}

function succeeded(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text.slice(0, 300)}`);
  return answer;
}
