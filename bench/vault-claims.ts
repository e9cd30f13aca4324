import { Client } from 'pg';
import { claimDue, FairClaims, type ClaimedRow } from '#libs/scheduling';
import { runMigrations } from '../migrations/data-source.js';
import { inspectSelf } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import type { Suite } from './suite.js';

const SIZES = [10_000, 100_000, 1_000_000];
const TENANTS = 100;
const BATCH = 16;
/** One connection in ten is due. */
const DUE_SHARE = 10;

type Claim = (client: Client, now: Date) => Promise<ClaimedRow[]>;

/** A claim of due connections, in tables of very different sizes: how many there are must not matter. */
export const vaultClaims: Suite = {
  async prepare(bench) {
    const server = await bench.database();
    const clients = new Map<number, Client>();
    for (const size of SIZES) {
      bench.progress(`filling a table of ${size} connections`);
      const url = await newDatabase(server, `connections_${size}`);
      const connect = async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        return client;
      };
      const client = await bench.hold(connect, (held) => held.end());
      await fill(client, size);
      clients.set(size, client);
    }
    const measures = [
      measure('due-claim, oldest first', oldestFirst, clients),
      measure('due-claim, in turn', inTurn(), clients),
    ];
    return { measures, inspect: () => Promise.resolve(inspectSelf()) };
  },
};

function measure(name: string, claim: Claim, clients: ReadonlyMap<number, Client>): Measure {
  const runners = [...clients].map(([size, client]) => [`${size} connections`, claiming(client, claim)] as const);
  const [baseline, ...others] = runners;
  const largest = others.at(-1);
  if (!baseline || !largest) throw new Error('There is nothing to compare.');
  const baselines = Object.fromEntries([baseline, ...others.slice(0, -1)]);
  return { name: `${name}, ${largest[0]}`, unit: `claims of ${BATCH}`, ours: largest[1], baselines };
}

/** Only the claims are timed. What was claimed is due again afterwards, as long ago as before. */
function claiming(client: Client, claim: Claim): Runner {
  return async (seconds) => {
    let [claims, milliseconds] = [0, 0];
    while (milliseconds < seconds * 1000) {
      const now = new Date();
      const begin = performance.now();
      const rows = await claim(client, now);
      milliseconds += performance.now() - begin;
      claims += 1;
      if (rows.length !== BATCH) throw new Error(`A claim brought ${rows.length} rows.`);
      await client.query(`UPDATE connections SET due_at = $2 WHERE id = ANY ($1)`, [
        rows.map(({ id }) => id),
        new Date(now.getTime() - 1000 * Math.random()),
      ]);
    }
    return { perSecond: claims / (milliseconds / 1000) };
  };
}

const oldestFirst: Claim = (client, now) => claimDue(queryable(client), 'connections', request(now));

/** After a first full batch the worker knows that there is more than it can hold: each tenant gets its turn from then on. */
function inTurn(): Claim {
  const claims = new WeakMap<Client, FairClaims>();
  return async (client, now) => {
    const own =
      claims.get(client) ??
      new FairClaims(queryable(client), { table: 'connections', owner: 'bench', perTenant: BATCH });
    claims.set(client, own);
    const rows = await own.claim(now, request(now).leaseEnd, BATCH);
    for (const { tenantId } of rows) own.done(tenantId);
    return rows;
  };
}

function request(now: Date) {
  return { now, leaseEnd: new Date(now.getTime() + 45_000), owner: 'bench', limit: BATCH };
}

function queryable(client: Client) {
  return {
    query: async <Row>(sql: string, parameters: unknown[]) => (await client.query(sql, parameters)).rows as Row[],
  };
}

async function newDatabase(server: string, name: string): Promise<string> {
  const admin = new Client({ connectionString: server });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name}`);
  } finally {
    await admin.end();
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  await runMigrations(url.href);
  return url.href;
}

/** Spread over tenants, in no order of their due times. */
async function fill(client: Client, connections: number): Promise<void> {
  await client.query(
    `INSERT INTO tenants (id, slug, name, issuer, audience)
     SELECT gen_random_uuid(), 'tenant-' || n, 'Tenant', 'https://' || n || '.example', 'gatehouse' FROM generate_series(1, $1) n`,
    [TENANTS],
  );
  await client.query(
    `INSERT INTO users (tenant_id, id, org, subject) SELECT id, gen_random_uuid(), 'org', 'user' FROM tenants`,
  );
  await client.query(
    `INSERT INTO apps (id, key, title, source, version) VALUES (gen_random_uuid(), 'bench', 'Bench', 'file', 1)`,
  );
  await client.query(
    `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, last_refreshed_at, due_at)
     SELECT owner.tenant_id, gen_random_uuid(), owner.id, app.id, 'Bench', 'connected', now(), now(),
            CASE WHEN n % $2 = 0 THEN now() - random() * interval '1 hour' ELSE now() + random() * interval '1 day' END + interval '0 s'
       FROM generate_series(1, $1) n
       JOIN (SELECT tenant_id, id, row_number() OVER () AS number FROM users) owner ON owner.number = 1 + (n / $2) % $3
       CROSS JOIN apps app`,
    [connections, DUE_SHARE, TENANTS],
  );
  await client.query(`VACUUM ANALYZE connections`);
}
