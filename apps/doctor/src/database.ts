import { Client } from 'pg';
import type { Config } from '#libs/config';
import { migrations } from '../../../migrations/data-source.js';
import { fail, ok, warn, type Finding } from './finding.js';

const LEAST_VERSION = 150_000;
const PATIENCE_MILLISECONDS = 5000;
/** Leases and due times go by the database's clock, to which each process keeps; JWTs by what is read from it too. */
const CLOCK_WARN_SECONDS = 1;
const CLOCK_FAIL_SECONDS = 60;

/** @param examine what else is to be read there */
export async function examineDatabase(
  { databaseUrl }: Config,
  examine: (client: Client) => Promise<Finding[]>,
): Promise<Finding[]> {
  if (databaseUrl === undefined)
    return [
      warn(
        'database',
        'DATABASE_URL is not set: the embedded server is not looked at.',
        'Set it, but for development.',
      ),
    ];
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'gatehouse-doctor',
    connectionTimeoutMillis: PATIENCE_MILLISECONDS,
    statement_timeout: PATIENCE_MILLISECONDS,
  });
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const detail = `The database can not be reached: ${code ?? message}.`;
    return [fail('database', detail, 'Check DATABASE_URL, and that the server lets this machine and account in.')];
  }
  try {
    const schema = await examineSchema(client);
    const rest = schema.level === 'ok' ? await examine(client) : [];
    return [...(await examineServer(client)), schema, ...rest];
  } finally {
    await client.end();
  }
}

interface Server {
  version: string;
  number: number;
  isSuperuser: boolean;
  now: Date;
}

async function examineServer(client: Client): Promise<Finding[]> {
  const askedAt = Date.now();
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer AS number,
            (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS "isSuperuser", clock_timestamp() AS now`,
  );
  const [server] = rows;
  if (!server) return [];
  const milliseconds = Date.now() - askedAt;
  const name = `PostgreSQL ${server.version}`;
  const version =
    server.number < LEAST_VERSION
      ? fail('database', `${name} is too old.`, 'Move to PostgreSQL 15 or newer.')
      : ok('database', `${name} answers in ${milliseconds} ms.`);
  const role = server.isSuperuser
    ? warn(
        'database_role',
        'The account is a superuser, or passes row-level security.',
        'Give DATABASE_URL an account without these rights: ALTER ROLE … NOSUPERUSER NOBYPASSRLS.',
      )
    : ok('database_role', 'The account is no superuser.');
  return [version, role, clock(server.now.getTime() - (askedAt + milliseconds / 2))];
}

function clock(aheadMilliseconds: number): Finding {
  const seconds = Math.abs(aheadMilliseconds) / 1000;
  if (seconds < CLOCK_WARN_SECONDS) return ok('clock', 'This machine and the database agree on the time.');
  const detail = `This machine and the database are ${seconds.toFixed(1)} s apart.`;
  const next = 'Have both keep time by NTP: partners refuse tokens from a clock that is wrong.';
  return seconds < CLOCK_FAIL_SECONDS ? warn('clock', detail, next) : fail('clock', detail, next);
}

async function examineSchema(client: Client): Promise<Finding> {
  const applied = await client.query<{ name: string }>('SELECT name FROM migrations').catch(() => null);
  const names = new Set(applied?.rows.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !names.has(name));
  if (missing.length === 0) return ok('schema', `The schema has all ${migrations.length} migrations of this release.`);
  return fail('schema', `The schema lacks ${missing.length} migrations of this release.`, 'Run: npm run migrate');
}
