import { randomBytes } from 'node:crypto';
import { createTestDatabase, queryOnce, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

/** Processes of the built service over one database, with the same secrets, all started at once. */
export class Fleet {
  private constructor(
    readonly processes: readonly ServiceProcess[],
    readonly members: readonly [Gatehouse, ...Gatehouse[]],
    private readonly database: TestDatabase,
  ) {}

  /** @param environments of each process, added to what a test service gets */
  static async start(environments: Record<string, string>[] = [{}]): Promise<Fleet> {
    const database = await createTestDatabase();
    const secrets = {
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
    };
    const start = (env: Record<string, string>) =>
      startService({ databaseUrl: database.url, env: { LOG_LEVEL: 'trace', ...secrets, ...env } });
    const started = await Promise.allSettled(environments.map(start));
    const processes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    const [first, ...rest] = processes.map(({ url }) => new Gatehouse(url, secrets.ADMIN_TOKEN));
    if (failed || !first) {
      await Promise.all(processes.map((one) => one.stop()));
      await database.drop();
      throw failed?.reason ?? new Error('A fleet has at least one process.');
    }
    return new Fleet(processes, [first, ...rest], database);
  }

  async enrol(...slugs: string[]): Promise<void> {
    for (const slug of slugs) await Partner.enrol(this.members[0], { slug });
  }

  /** Nobody gets into the database any more, and whoever was in is thrown out. */
  async closeDatabase(): Promise<void> {
    await this.#allowConnections(false);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`;
    await queryOnce(this.#url('postgres'), terminate, [this.#name]);
  }

  openDatabase(): Promise<void> {
    return this.#allowConnections(true);
  }

  /** As if the tenant's key had been made long ago. */
  async makeDue(slug: string): Promise<void> {
    const tenant = `tenant_id = (SELECT id FROM tenants WHERE slug = $1)`;
    const past = new Date(0);
    await queryOnce(this.database.url, `UPDATE signing_keys SET activates_at = $2 WHERE ${tenant}`, [slug, past]);
    await queryOnce(this.database.url, `UPDATE signing_key_sets SET due_at = $2 WHERE ${tenant}`, [slug, past]);
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.stop()));
    await this.database.drop();
  }

  async #allowConnections(allowed: boolean): Promise<void> {
    await queryOnce(this.#url('postgres'), `ALTER DATABASE "${this.#name}" WITH ALLOW_CONNECTIONS ${allowed}`);
  }

  get #name(): string {
    return new URL(this.database.url).pathname.slice(1);
  }

  #url(name: string): string {
    return Object.assign(new URL(this.database.url), { pathname: `/${name}` }).href;
  }
}
