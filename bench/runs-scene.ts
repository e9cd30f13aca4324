import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Pool } from 'undici';
import { CountingApp, queryOnce, type ServiceOptions, type ServiceProcess } from '#libs/testing';
import { INSPECTABLE } from './inspector.js';
import type { Workbench } from './workbench.js';

const URN = 'urn:ietf:params:oauth:token-type:';
const CONNECTIONS = 64;
const LOOK_MILLISECONDS = 20;

/** A tenant's backend, with the access token of one of its users. */
export interface Caller {
  slug: string;
  /** By their keys: ids as the wire has them. */
  actionId(key: string): string;
  /** @returns the run's id @throws when it is not taken on */
  create(key: string, inputs: object): Promise<string>;
  /** @returns when the run has ended @throws when it has not succeeded */
  ended(run: string): Promise<void>;
}

interface SceneOptions extends Pick<ServiceOptions, 'account' | 'script'> {
  profile: boolean;
  roles?: string;
}

/** The service, a third party in a process of its own, and tenants. */
export class RunsScene {
  readonly #pool: Pool;

  private constructor(
    readonly service: ServiceProcess,
    readonly app: CountingApp,
    readonly databaseUrl: string,
  ) {
    this.#pool = new Pool(service.url, { connections: CONNECTIONS });
  }

  static async start(bench: Workbench, { profile, roles = 'api,worker', ...how }: SceneOptions): Promise<RunsScene> {
    const databaseUrl = await bench.database();
    bench.progress('starting the service and the third party');
    const app = await bench.hold(
      () => CountingApp.start(),
      (held) => held.close(),
    );
    const env = { RATE_LIMITS: 'off', ROLES: roles, DATA_DIR: bench.folder('runs'), ...(profile && INSPECTABLE) };
    const service = await bench.process({ databaseUrl, env, ...how });
    const scene = new RunsScene(service, app, databaseUrl);
    await bench.hold(
      () => Promise.resolve(scene.#pool),
      (pool) => pool.destroy(),
    );
    await scene.#admin('/admin/apps', app.document('counting'));
    return scene;
  }

  async caller(): Promise<Caller> {
    const slug = `bench-${randomUUID()}`;
    const token = await this.#token(slug);
    const { data } = (await this.#json('GET', '/v2/apps', token)) as { data: { id: string }[] };
    const actionId = (key: string) => `core:${data[0]?.id}.${key}`;
    return {
      slug,
      actionId,
      create: async (key, inputs) => {
        const body = { data: { action: actionId(key), inputs } };
        return ((await this.#json('POST', '/v2/action-runs', token, body)) as { data: { id: string } }).data.id;
      },
      ended: (run) => this.#ended(run, token),
    };
  }

  /** Waits until no run is open. */
  async quiet(): Promise<void> {
    for (;;) {
      const [row] = await queryOnce(this.databaseUrl, `SELECT count(*)::int AS open FROM run_jobs`);
      if (row?.['open'] === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** A long poll, where the service has it; it looks again soon where it has not. */
  async #ended(run: string, token: string): Promise<void> {
    for (;;) {
      const began = performance.now();
      const answer = await this.#json('GET', `/v2/action-runs/${run}?wait=20`, token);
      const { data } = answer as { data: { status: string } };
      if (data.status === 'success') return;
      if (data.status !== 'waiting') throw new Error(`A run ended with ${JSON.stringify(answer)}`);
      const left = LOOK_MILLISECONDS - (performance.now() - began);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  async #json(method: 'GET' | 'POST', path: string, token: string, body?: object): Promise<unknown> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
    return JSON.parse(text) as unknown;
  }

  async #admin(path: string, body: object): Promise<unknown> {
    const response = await fetch(this.service.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.service.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  async #token(slug: string): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const key = { ...(await exportJWK(publicKey)), kid: 'bench-1', alg: 'ES256', use: 'sig' };
    const issuer = `https://${slug}.example`;
    const trust = { jwks: { keys: [key] } };
    const made = await this.#admin('/admin/tenants', { slug, name: 'Bench', issuer, audience: 'gatehouse', trust });
    const { client } = made as { client: { client_id: string; client_secret: string } };
    const jwt = await new SignJWT({ org_id: 'org-1' })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'bench-1' })
      .setSubject('ada')
      .setIssuer(issuer)
      .setAudience('gatehouse')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    const response = await fetch(`${this.service.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: jwt,
        subject_token_type: `${URN}external-jwt`,
        requested_token_type: `${URN}access-token`,
        scope: 'zap action:run',
        ...client,
      }),
    });
    if (!response.ok) throw new Error(`The token endpoint answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }
}
