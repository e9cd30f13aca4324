import { randomUUID } from 'node:crypto';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Apps, TenantCatalog, type Registration } from '#libs/catalog';
import type { Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { asTenantId, newId, type TenantId } from '#libs/database';
import { expect, vi } from 'vitest';
import { establishConnection } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Partner } from '../main-job/partner.js';
import { answeringDocument, everyUrlDocument, PLACEHOLDER } from './documents.js';
import { GuardedService } from './guarded-service.js';
import { PARTNER } from './name-zone.js';
import { Trap } from './trap.js';

/** An app whose document names a URL wherever it names one. */
export interface NamingApp {
  id: string;
  key: string;
  /** By operation. */
  actions: Record<string, string>;
}

/** The service, a partner that it may call, and traps wherever else it could get. */
export class SsrfScene {
  #template: Promise<Registration> | undefined;
  #appToken: Promise<string> | undefined;
  #webhook: Promise<string> | undefined;
  #answering: Promise<NamingApp> | undefined;

  private constructor(
    readonly service: GuardedService,
    readonly trap: Trap,
    readonly user: EmbedUser,
    readonly tenantId: TenantId,
    readonly userId: string,
  ) {}

  static async start(): Promise<SsrfScene> {
    const trap = await Trap.start();
    const service = await GuardedService.start({ egressAllow: [`${PARTNER}/32`], roles: ['api', 'worker'] });
    const partner = await Partner.enrol(service.gatehouse, { slug: 'acme-notes' });
    const user = await EmbedUser.signIn(service.gatehouse, partner, 'mia');
    const [row] = await service.app.database.query<{ id: string; tenant: string }>(
      `SELECT id, tenant_id AS tenant FROM users WHERE subject = 'mia'`,
    );
    return new SsrfScene(service, trap, user, asTenantId(row?.tenant ?? ''), row?.id ?? '');
  }

  get<T>(type: abstract new (...parameters: never[]) => T): T {
    return this.service.app.get(type);
  }

  /** Of the partner's client itself. */
  appToken(): Promise<string> {
    const { clientId, clientSecret } = this.user.partner;
    const scope = 'webhook:read webhook:write';
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
    this.#appToken ??= this.service.gatehouse
      .call('POST', '/oauth/token', { form })
      .then((answer) => answer.at('access_token'));
    return this.#appToken;
  }

  /** @returns the id of one that may be called */
  webhook(): Promise<string> {
    const create = async () => {
      const data = { url: 'https://partner.example/hook' };
      return (await this.service.gatehouse.post('/v2/webhooks', { data }, await this.appToken())).at('data.id');
    };
    this.#webhook ??= create();
    return this.#webhook;
  }

  /** An app of the partner's, without accounts. */
  answering(): Promise<NamingApp> {
    this.#answering ??= this.register(answeringDocument(this.trap.partner));
    return this.#answering;
  }

  /** Registers the document, and offers the app. */
  async register(document: object): Promise<NamingApp> {
    const { app } = await this.get(Apps).register(JSON.stringify(document), 'admin', SYSTEM_ACTOR);
    return this.#offer(app.id, app.key);
  }

  /** An app that names this URL wherever one can, whether or not a document could. */
  async appNaming(url: string): Promise<NamingApp> {
    this.#template ??= this.get(Apps).register(JSON.stringify(everyUrlDocument), 'admin', SYSTEM_ACTOR);
    const { app: template } = await this.#template;
    const [id, key] = [newId(), `app-${randomUUID()}`];
    const text = JSON.stringify(url.replace(/\/$/, '')).slice(1, -1);
    await this.service.app.database.query(
      `WITH app AS (
         INSERT INTO apps (id, key, title, source, version) SELECT $2, $5, title, source, version FROM apps WHERE id = $1),
       version AS (
         INSERT INTO app_versions (app_id, version, definition, actions, definition_digest, document_digest, created_at)
         SELECT $2, version, ${named('definition')}, ${named('actions')}, sha256($2::text::bytea), sha256($5::bytea), created_at
           FROM app_versions WHERE app_id = $1)
       INSERT INTO app_operations (app_id, version, key, definition, outputs)
       SELECT $2, version, key, ${named('definition')}, outputs FROM app_operations WHERE app_id = $1`,
      [template.id, id, PLACEHOLDER, text, key],
    );
    return this.#offer(id, key);
  }

  async #offer(id: string, key: string): Promise<NamingApp> {
    const oauth = { clientId: 'client', clientSecret: new Secret('client-secret') };
    await this.get(TenantCatalog).configure(this.tenantId, key, key === 'answering' ? { enabled: true } : { oauth });
    const listed = await this.user.get(`/v2/actions?limit=100&app=${id}`);
    const { data } = listed.json as { data: { key: string; id: string }[] };
    return { id, key, actions: Object.fromEntries(data.map((action) => [action.key, action.id])) };
  }

  connect(app: NamingApp, credentials: Credentials): Promise<string> {
    return establishConnection(
      this.service.app,
      { tenantId: this.tenantId, userId: this.userId, appId: app.id },
      credentials,
    );
  }

  /** Runs it now. @returns the problem that is answered */
  async try(action: string, authentication?: string): Promise<string> {
    const answer = await this.user.post(`/v2/actions/${action}/test`, { data: { inputs: {}, authentication } });
    return answer.at('errors.0.detail');
  }

  /** What the query reads, once it is there. */
  until(query: string, parameters: unknown[]): Promise<string> {
    return vi.waitFor(
      async () => {
        const [row] = await this.service.app.database.query<{ said: string | null }>(query, parameters);
        return row?.said ?? expect.fail('Nothing is said.');
      },
      { timeout: 30_000, interval: 50 },
    );
  }

  async close(): Promise<void> {
    await this.service.close();
    this.trap.close();
  }
}

/** A column of the template, with the app's own URL and key. */
function named(column: string): string {
  return `replace(replace(${column}::text, $3, $4), '"every-url"', to_json($5::text)::text)::jsonb`;
}
