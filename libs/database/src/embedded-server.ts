import { realpath, rm } from 'node:fs/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { findBinaries } from './embedded-binaries.js';
import { openCluster, SUPERUSER, wrongPassword } from './embedded-cluster.js';
import { errorCode, type Progress } from './embedded-error.js';
import { openHome } from './embedded-home.js';
import { lockFolder } from './embedded-lock.js';
import { stopOrphan } from './embedded-orphan.js';
import { launchServer } from './embedded-process.js';

export interface EmbeddedServerOptions {
  /** Made when absent. The data is in its `postgres`, which is a link when the server's account cannot enter. */
  dataDir: string;
  progress?: Progress;
  /** Server settings, such as `{ fsync: 'off' }` for data that nobody will miss. */
  settings?: Record<string, string>;
}

export interface EmbeddedServer {
  /** Of the database `gatehouse`, as an account without superuser rights: row-level security holds for it. */
  url: string;
  /** @returns the URL of the new, empty database. */
  createDatabase(name: string): Promise<string>;
  /** Fast shutdown: open connections are cut. Resolves once the process is gone. */
  stop(): Promise<void>;
  /** Stops, and deletes `dataDir` with all that it holds, and the data where that is kept outside of it. */
  discard(): Promise<void>;
}

const ACCOUNT = 'gatehouse';
/** https://www.postgresql.org/docs/18/errcodes-appendix.html */
const INVALID_PASSWORD = '28P01';

/**
 * Starts a PostgreSQL server of our own, for development and tests, with its data in `dataDir`.
 * A server that a killed owner left behind is taken over.
 * @throws EmbeddedServerError when it cannot, and while another living process owns that data.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const progress = options.progress ?? (() => {});
  const home = await openHome(options.dataDir, progress);
  const release = await lockFolder(await realpath(home.folder), options.dataDir);
  try {
    const binaries = await findBinaries(home, progress);
    await stopOrphan(home.cluster, progress);
    const password = await openCluster(home, binaries, options.dataDir);
    const server = await launchServer(home, binaries, options.settings ?? {});
    const urlOf = (account: string, database: string) =>
      `postgres://${account}:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
    try {
      await prepare(urlOf(SUPERUSER, 'postgres'), password);
    } catch (error) {
      await server.stop();
      throw errorCode(error) === INVALID_PASSWORD ? wrongPassword(options.dataDir) : error;
    }
    const stop = async () => {
      await server.stop();
      await release();
    };
    return {
      url: urlOf(ACCOUNT, ACCOUNT),
      createDatabase: async (name) => {
        await execute(urlOf(ACCOUNT, ACCOUNT), `CREATE DATABASE ${escapeIdentifier(name)}`);
        return urlOf(ACCOUNT, name);
      },
      stop,
      discard: async () => {
        await stop();
        for (const folder of [home.folder, options.dataDir]) await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** At every start, since the first one may have been interrupted before this. */
async function prepare(url: string, password: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const account = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [ACCOUNT]);
    if (account.rowCount === 0) {
      await client.query(`CREATE ROLE ${ACCOUNT} LOGIN CREATEDB CREATEROLE PASSWORD ${escapeLiteral(password)}`);
    }
    const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [ACCOUNT]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${ACCOUNT} OWNER ${ACCOUNT}`);
  } finally {
    await client.end();
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
