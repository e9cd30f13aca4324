import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort, type HttpServer, queryOnce, startHttpServer } from '#libs/testing';
import type { Made } from '../../../apps/demo/src/crm/api.js';
import { type Crm, startCrm } from '../../../apps/demo/src/crm/crm.js';
import { Gatehouse } from '../../main-job/gatehouse.js';
import { Partner } from '../../main-job/partner.js';
import { appToken } from '../../webhooks/hook-app.js';
import { CrashingDatabase } from '../refresh/crashing-database.js';
import { Member } from '../refresh/member.js';

const SLUG = 'acme-notes';
const APP = 'acme-crm';
/** So short that each connection is refreshed again and again while it is used. */
const ACCESS_TOKEN_SECONDS = 60;
/** A provider that takes a spent refresh token once more: then no kill loses one (security.md R4). */
const GRACE_SECONDS = 30;
const EXPORT_SECONDS = 3;
/** Of each member. Relative to the checkout, as the service is. */
const PRELOAD = pathToFileURL(join('test', 'chaos', 'soak', 'process-preload.mjs')).href;

type Ending = () => unknown;

/** One process that answers requests, two that work, a database that can die, Acme CRM, and an endpoint that is told. */
export class SoakWorld implements AsyncDisposable {
  database!: CrashingDatabase;
  crm!: Crm;
  api!: Member;
  /** Never killed: its memory is looked at. */
  steadyWorker!: Member;
  mortalWorker!: Member;
  gatehouse!: Gatehouse;
  partner!: Partner;
  /** What Acme CRM has carried out, by its own record: of each contact how often, of exports which. */
  readonly contacts = new Map<string, number>();
  readonly exports = new Set<string>();
  /** Of runs and connections that the endpoint was told about: by which events. */
  readonly told = new Map<string, Set<string>>();
  readonly #endings: Ending[] = [];

  private constructor(private readonly databaseDies: boolean) {}

  /** @param databaseDies whether it is to be found again after it has died */
  static async start({ databaseDies }: { databaseDies: boolean }): Promise<SoakWorld> {
    const world = new SoakWorld(databaseDies);
    try {
      await world.#start();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get members(): Member[] {
    return [this.api, this.steadyWorker, this.mortalWorker];
  }

  query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.#databaseUrl, sql, values);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      await Promise.resolve(end()).catch((error: unknown) => console.error('This did not end properly:', error));
    }
  }

  get #databaseUrl(): string {
    return this.databaseDies ? this.database.url : this.database.directUrl;
  }

  async #start(): Promise<void> {
    this.database = await CrashingDatabase.start();
    this.#endings.push(() => this.database[Symbol.asyncDispose]());
    const port = String(await freePort());
    const url = `http://localhost:${port}`;
    const client = await this.#startCrm(url);
    const shared = {
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      PUBLIC_URL: url,
      RATE_LIMITS: 'off',
      NODE_OPTIONS: `--import=${PRELOAD}`,
    };
    this.api = await this.#startMember({ ...shared, ROLES: 'api', PORT: port });
    this.steadyWorker = await this.#startMember({ ...shared, ROLES: 'worker' });
    this.mortalWorker = await this.#startMember({ ...shared, ROLES: 'worker' });
    this.gatehouse = new Gatehouse(url, shared.ADMIN_TOKEN);
    this.partner = await Partner.enrol(this.gatehouse, { slug: SLUG });
    const document = (await (await fetch(`${this.crm.url}/openapi.json`)).json()) as { 'x-gatehouse': object };
    const extended = { ...document['x-gatehouse'], refresh: { rotation: 'grace' } };
    await this.gatehouse.admin('POST', '/admin/apps', { ...document, 'x-gatehouse': extended });
    const oauth = { client_id: client.clientId, client_secret: client.clientSecret };
    await this.gatehouse.admin('PUT', `/admin/tenants/${SLUG}/apps/${APP}`, { oauth });
    await this.#subscribe();
  }

  async #startCrm(url: string) {
    const client = {
      clientId: 'gatehouse-client',
      clientSecret: randomBytes(24).toString('base64url'),
      redirectUris: [`${url}/connect/callback/${SLUG}/${APP}`],
    };
    // It lives as long as the experiment, in the clients' own process: a file that is written at each change would be most of what is measured.
    const address = { port: 0, host: '127.0.0.1', dataDir: null };
    const seconds = {
      accessTokenSeconds: ACCESS_TOKEN_SECONDS,
      refreshGraceSeconds: GRACE_SECONDS,
      exportSeconds: EXPORT_SECONDS,
    };
    const onMade = (made: Made) => {
      if (made.kind === 'export') this.exports.add(made.id);
      else this.contacts.set(made.email, (this.contacts.get(made.email) ?? 0) + 1);
    };
    this.crm = await startCrm({ ...address, ...seconds, clients: [client], onMade });
    this.#endings.push(() => this.crm.close());
    return client;
  }

  async #startMember(env: Record<string, string>): Promise<Member> {
    const member = await Member.start(this.#databaseUrl, env);
    this.#endings.push(() => member.close());
    return member;
  }

  async #subscribe(): Promise<void> {
    const receiver = await startHttpServer();
    this.#endings.push(() => receiver.close());
    receiver.answerWith(({ body }, response) => {
      this.#hear(receiver, body);
      response.writeHead(204).end();
    });
    const token = await appToken(this.gatehouse, this.partner);
    const data = { url: receiver.origin, events: ['connection.created', 'run.succeeded', 'run.failed'] };
    const { status, text } = await this.gatehouse.post('/v2/webhooks', { data }, token);
    if (status >= 300) throw new Error(`No webhook: ${status} ${text}`);
  }

  #hear(receiver: HttpServer, body: string): void {
    // What it keeps would be growth of our own.
    receiver.requests.length = 0;
    const { type, data } = JSON.parse(body) as { type: string; data: { id: string } };
    this.told.set(data.id, (this.told.get(data.id) ?? new Set()).add(type));
  }
}
