import { randomBytes } from 'node:crypto';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { newId, type TenantId } from '#libs/database';
import {
  appDocument,
  createTenant,
  createTestDatabase,
  createUser,
  json,
  offerApp,
  registerApp,
  startHttpServer,
  startService,
  startTestApp,
  type HttpServer,
  type ServiceProcess,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Vault } from '#libs/vault';

const AT_ONCE = 1000;

/** A tenant with many connections, a third party that counts what is revoked, and the built service over them. */
export class KillSwitchScene {
  private constructor(
    readonly app: TestApp,
    readonly server: HttpServer,
    readonly tenantId: TenantId,
    readonly slug: string,
    private readonly database: TestDatabase,
    private readonly env: Record<string, string>,
  ) {}

  static async start(connections: number): Promise<KillSwitchScene> {
    const database = await createTestDatabase();
    const server = await startHttpServer();
    server.answerWith(json(200, {}));
    const key = randomBytes(32);
    const app = await startTestApp({
      databaseUrl: database.url,
      imports: [CatalogModule, ConnectionsModule],
      keyring: [{ id: 'k1', key }],
    });
    const { id: tenantId, slug } = await createTenant(app);
    const env = {
      VAULT_KEYRING: `k1:${key.toString('base64')}`,
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      EGRESS_ALLOW: '127.0.0.0/8,::1/128,localhost',
      RATE_LIMITS: 'off',
    };
    const scene = new KillSwitchScene(app, server, tenantId, slug, database, env);
    await scene.#connect(connections);
    return scene;
  }

  service(): Promise<ServiceProcess> {
    return startService({ databaseUrl: this.database.url, env: this.env });
  }

  /** Third parties that were told, by the token that they were told of. */
  revokedTokens(): string[] {
    return this.server.requests
      .filter(({ url }) => url === '/revoke')
      .map(({ body }) => new URLSearchParams(body).get('token') ?? '');
  }

  async count(from: string): Promise<number> {
    const [row] = await this.app.database.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${from}`);
    return row?.count ?? 0;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.server.close();
    await this.database.drop();
  }

  async #connect(count: number): Promise<void> {
    const document = appDocument('revocable', this.server.origin) as { info: { 'x-gatehouse': object } };
    Object.assign(document.info['x-gatehouse'], { revocation_url: `${this.server.origin}/revoke` });
    const registered = await registerApp(this.app, document);
    const appId = await offerApp(this.app, this.tenantId, registered);
    const userIds: string[] = [];
    for (let user = 0; user < 50; user += 1) userIds.push(await createUser(this.app, this.tenantId));
    for (let start = 0; start < count; start += AT_ONCE)
      await this.#insert(appId, userIds, start, Math.min(AT_ONCE, count - start));
  }

  async #insert(appId: string, userIds: readonly string[], start: number, count: number): Promise<void> {
    const rows = Array.from({ length: count }, (_, index) => ({
      id: newId(),
      userId: userIds[(start + index) % userIds.length] ?? '',
      token: `rt-${start + index}`,
    }));
    await this.app.database.query(
      `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, account_id, account_title, scopes,
                                expires_at, last_refreshed_at, due_at, event_sequence, created_at)
       SELECT $1, made.id, made.user_id, $2, 'Acme', 'connected', $3, 'account', 'Ada', '{}', $4, $3, $4, 1, $3
         FROM unnest($5::uuid[], $6::uuid[]) AS made (id, user_id)`,
      [
        this.tenantId,
        appId,
        new Date(),
        new Date(Date.now() + 86_400_000),
        rows.map(({ id }) => id),
        rows.map(({ userId }) => userId),
      ],
    );
    const times = { expiresAt: null, obtainedAt: new Date().toISOString(), scopes: [] };
    await this.app.get(Vault).many.putNew(
      this.tenantId,
      { kind: 'connection', field: 'credentials' },
      rows.map(({ id, token }) => ({
        rowId: id,
        value: new Secret({ kind: 'oauth2', accessToken: `at-${token}`, refreshToken: token, ...times }),
      })),
    );
  }
}
