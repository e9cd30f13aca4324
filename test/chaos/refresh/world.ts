import { randomBytes } from 'node:crypto';
import { FaultProxy, queryOnce, RotatingProvider } from '#libs/testing';
import { Gatehouse } from '../../main-job/gatehouse.js';
import { Partner } from '../../main-job/partner.js';
import type { Ground } from './experiment.js';
import { Member } from './member.js';
import { APP_KEY, providerDocument, type RefreshPolicy } from './provider-app.js';
import { Registry, type Seed, type Seeded } from './registry.js';
import { becomes } from './until.js';

const SLUG = 'acme-notes';
const USER = 'ada';
const WARM_UP_SECONDS = 60;

export interface WorldOptions {
  processes: number;
  refresh: RefreshPolicy;
  /** Of the provider. It is told apart from what the app's document claims. */
  graceSeconds?: number;
  accessTokenSeconds: number;
  /** In place of a database of the ground. */
  databaseUrl?: string;
  env?: Record<string, string>;
  /** Of one process more than the others have. */
  envOf?: (index: number) => Record<string, string>;
}

/** A row of `connections`, as far as refresh is told by it. */
export interface ConnectionRow {
  id: string;
  status: string;
  reason: string | null;
  since: Date;
  refreshed: Date;
  leased: boolean;
  /** Times that its refresh token was on its way when something died, and nobody knows what became of it. */
  unanswered: number;
}

type Ending = () => unknown;

/** The built service in several processes, a strict provider in one of its own, and a proxy of faults between them. */
export class RefreshWorld implements AsyncDisposable {
  connections: Seeded[] = [];
  readonly members: Member[] = [];
  provider!: RotatingProvider;
  proxy!: FaultProxy;
  gatehouse!: Gatehouse;
  partner!: Partner;
  #registry!: Registry;
  #databaseUrl = '';
  readonly #endings: Ending[] = [];

  private constructor(private readonly options: WorldOptions) {}

  static async start(ground: Ground, options: WorldOptions): Promise<RefreshWorld> {
    const world = new RefreshWorld(options);
    try {
      await world.#start(ground);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** New consents at the provider, and connections that hold them. By default each token was obtained now. */
  async connect(count: number, seedOf: (index: number) => Seed = () => this.#fresh()): Promise<Seeded[]> {
    const made = await this.#registry.establish(await this.provider.mint(count), seedOf);
    this.connections.push(...made);
    return made;
  }

  async rows(): Promise<ConnectionRow[]> {
    const rows = await this.query(
      `SELECT id, status, status_reason AS reason, status_since AS since, last_refreshed_at AS refreshed,
              lease_until IS NOT NULL AS leased, attempts AS unanswered FROM connections`,
    );
    return rows as unknown as ConnectionRow[];
  }

  query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.#databaseUrl, sql, values);
  }

  /** Whether each connection was refreshed after `since`, or says that it can't be: what it holds is proved by use then. */
  async settles(since: number, seconds: number): Promise<boolean> {
    const settled = new Set<string>();
    return becomes(
      async () => {
        for (const { id, status, refreshed } of await this.rows().catch(() => [])) {
          const isRefreshed = status === 'connected' && refreshed.getTime() > since;
          if (isRefreshed || status === 'needs_reauth') settled.add(id);
        }
        return settled.size === this.connections.length;
      },
      seconds,
      500,
    );
  }

  /** Has every connection refreshed once: an app that has never worked is asked only a little at a time. */
  async warmUp(): Promise<void> {
    const start = Date.now();
    await this.query(`UPDATE connections SET due_at = $1`, [new Date(start)]);
    if (!(await this.settles(start, WARM_UP_SECONDS))) throw new Error('The first refreshes did not come about.');
    if (this.proxy.underWay > 0) throw new Error('A refresh is still under way.');
  }

  held(): Promise<Map<string, string | null>> {
    return this.#registry.held(this.connections);
  }

  /** Requests whose answer the provider has committed. */
  committed(): number {
    return this.proxy.passages.filter(({ committedAt }) => committedAt !== null).length;
  }

  logs(): string[] {
    return this.members.flatMap((member) => member.logs());
  }

  accessToken(): Promise<string> {
    return this.partner.accessToken(USER);
  }

  /** Gives the tenant's client another secret, as its administrator would. */
  async useSecret(clientSecret: string): Promise<void> {
    const oauth = { client_id: this.provider.clientId, client_secret: clientSecret };
    await this.gatehouse.admin('PUT', `/admin/tenants/${SLUG}/apps/${APP_KEY}`, { oauth });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      await Promise.resolve(end()).catch((error: unknown) => console.error('This did not end properly:', error));
    }
  }

  async #start(ground: Ground): Promise<void> {
    const { options } = this;
    if (options.databaseUrl === undefined) {
      const database = await ground.database();
      this.#endings.push(() => database.drop());
      this.#databaseUrl = database.url;
    } else this.#databaseUrl = options.databaseUrl;
    const { graceSeconds = 0, accessTokenSeconds } = options;
    this.provider = await RotatingProvider.start({ graceSeconds, accessTokenSeconds });
    this.#endings.push(() => this.provider.close());
    this.proxy = await FaultProxy.start(this.provider.origin);
    this.#endings.push(() => this.proxy.close());
    const key = randomBytes(32);
    await this.#startMembers({
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${key.toString('base64')}`,
      PUBLIC_URL: 'http://localhost:3000',
      RATE_LIMITS: 'off',
    });
    this.partner = await Partner.enrol(this.gatehouse, { slug: SLUG });
    const document = providerDocument(this.provider.origin, this.proxy.origin, options.refresh);
    await this.gatehouse.admin('POST', '/admin/apps', document);
    await this.useSecret(this.provider.clientSecret);
    this.#registry = new Registry(this.#databaseUrl, [{ id: 'k1', key }], SLUG, USER);
  }

  async #startMembers(shared: Record<string, string> & { ADMIN_TOKEN: string }): Promise<void> {
    const { processes, env, envOf } = this.options;
    const starts = Array.from({ length: processes }, async (_, index) => {
      const member = await Member.start(this.#databaseUrl, { ...shared, ...env, ...envOf?.(index) });
      this.#endings.push(() => member.close());
      return member;
    });
    for (const started of await Promise.allSettled(starts)) {
      if (started.status === 'rejected') throw started.reason;
      this.members.push(started.value);
    }
    this.gatehouse = new Gatehouse(this.members[0]?.url ?? '', shared.ADMIN_TOKEN);
  }

  #fresh(): Seed {
    const obtainedAt = new Date();
    return { obtainedAt, expiresAt: new Date(obtainedAt.getTime() + this.options.accessTokenSeconds * 1000) };
  }
}
