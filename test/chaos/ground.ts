import { randomBytes } from 'node:crypto';
import { type EmbeddedServer, startEmbeddedServer } from '#libs/database';
import { queryOnce, temporaryFolder } from '#libs/testing';
import { runMigrations } from '../../migrations/data-source.js';
import type { Ground } from './refresh/experiment.js';

/** A PostgreSQL server of our own, durable as a newcomer's is. */
export class ServerGround implements Ground, AsyncDisposable {
  private constructor(private readonly server: EmbeddedServer) {}

  static async start(): Promise<ServerGround> {
    const { path } = temporaryFolder('chaos');
    return new ServerGround(await startEmbeddedServer({ dataDir: path, settings: { max_connections: '300' } }));
  }

  async database(): Promise<{ url: string; drop(): Promise<void> }> {
    const name = `chaos_${randomBytes(6).toString('hex')}`;
    const url = await this.server.createDatabase(name);
    await runMigrations(url);
    const drop = async () => void (await queryOnce(this.server.url, `DROP DATABASE ${name} WITH (FORCE)`));
    return { url, drop };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.discard();
  }
}
