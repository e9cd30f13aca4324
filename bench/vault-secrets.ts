import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { open, Secret, seal, type AssociatedData } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { SystemClock } from '#libs/scheduling';
import { createTenant, startTestApp, type TestApp } from '#libs/testing';
import { type SecretPlace, Vault, VaultModule } from '#libs/vault';
import { inFlight } from './in-flight.js';
import { inspectSelf } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import type { Suite } from './suite.js';
import type { Workbench } from './workbench.js';

const TENANTS = 10;
const SECRETS = 100;
const WIDTH = 16;
/** As many as the service's own pool has. */
const CONNECTIONS = 10;
/** Between two looks at the clock. */
const AT_ONCE = 500;

/** As a connection's credentials are. */
const credentials = {
  kind: 'oauth2',
  accessToken: randomBytes(96).toString('base64url'),
  refreshToken: randomBytes(48).toString('base64url'),
  scopes: ['contacts.read', 'contacts.write'],
  expiresAt: new Date().toISOString(),
};

interface StoredAt {
  tenantId: TenantId;
  place: SecretPlace;
}

/** Sealing, opening and handing out secrets in this process, against what does less: the cipher alone, and the SELECT alone. */
export const vaultSecrets: Suite = {
  async prepare(bench) {
    const databaseUrl = await bench.database();
    const app = await bench.hold(
      () => startTestApp({ databaseUrl, imports: [VaultModule], clock: new SystemClock() }),
      (running) => running.close(),
    );
    const stored = await store(app);
    const seals = await sealing(bench, app, stored[0] as StoredAt);
    const measures: Measure[] = [
      {
        name: 'seal a secret',
        unit: 'secrets',
        ours: seals,
        baselines: { 'AES-256-GCM of node:crypto': bareSeal() },
      },
      { name: 'open', unit: 'secrets', ours: opening(), baselines: { 'AES-256-GCM of node:crypto': bareOpen() } },
      {
        name: 'hand out a stored token',
        unit: 'tokens',
        ours: handingOut(app, stored),
        baselines: {
          'SELECT of the row': selecting(stored, (sql, values) => app.database.query(sql, values)),
          'SELECT of the row, pg alone': await selectingBare(bench, databaseUrl, stored),
        },
      },
    ];
    return { measures, inspect: () => Promise.resolve(inspectSelf()) };
  },
};

async function store(app: TestApp<SystemClock>): Promise<StoredAt[]> {
  const stored: StoredAt[] = [];
  for (let tenant = 0; tenant < TENANTS; tenant += 1) {
    const { id: tenantId } = await createTenant(app);
    for (let row = 0; row < SECRETS; row += 1) {
      const place: SecretPlace = { kind: 'connection', rowId: `connection-${row}`, field: 'credentials' };
      await app.get(Vault).put(tenantId, place, new Secret(credentials));
      stored.push({ tenantId, place });
    }
  }
  return stored;
}

async function sealing(bench: Workbench, app: TestApp<SystemClock>, { tenantId, place }: StoredAt): Promise<Runner> {
  const held = await bench.hold(
    () => app.get(Vault).sealFor(tenantId),
    (running) => running[Symbol.dispose](),
  );
  const secret = new Secret(credentials);
  return tightly(() => held.seal(place, 2, secret));
}

const key = randomBytes(32);
const plaintext = Buffer.from(JSON.stringify(credentials));
const context: AssociatedData = ['vault-secret', 'a-tenant', 'connection', 'connection-1', 'credentials', '2'];
const contextBytes = Buffer.from(context.join('\0'));

/** The same bytes in and out, with the associated data ready made. */
function bareSeal(): Runner {
  return tightly(() => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes);
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  });
}

function opening(): Runner {
  const sealed = seal(key, plaintext, context);
  return tightly(() => open(key, sealed, context));
}

function bareOpen(): Runner {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const tag = cipher.getAuthTag();
  return tightly(() => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(contextBytes).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  });
}

/** Synchronous work, without a word to the event loop for a few milliseconds. */
function tightly(work: () => unknown): Runner {
  return (seconds) => {
    const cpuBefore = process.cpuUsage();
    const begin = performance.now();
    let done = 0;
    while (performance.now() - begin < seconds * 1000) {
      for (let turn = 0; turn < AT_ONCE; turn += 1) work();
      done += AT_ONCE;
    }
    const elapsedSeconds = (performance.now() - begin) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    return Promise.resolve({ perSecond: done / elapsedSeconds, cpuMicroseconds: (cpu.user + cpu.system) / done });
  };
}

function handingOut(app: TestApp<SystemClock>, stored: readonly StoredAt[]): Runner {
  const held = app.get(Vault);
  return inFlight(WIDTH, async (turn) => {
    const { tenantId, place } = stored[turn % stored.length] as StoredAt;
    const got = await held.get<typeof credentials>(tenantId, place);
    if (got?.value.reveal().accessToken !== credentials.accessToken) throw new Error('Another token was handed out.');
  });
}

function selecting(
  stored: readonly StoredAt[],
  query: (sql: string, values: unknown[]) => Promise<{ sealed: Buffer }[]>,
): Runner {
  return inFlight(WIDTH, async (turn) => {
    const { tenantId, place } = stored[turn % stored.length] as StoredAt;
    const [row] = await query(
      `SELECT version, sealed, generation FROM vault_secrets WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4`,
      [tenantId, place.kind, place.rowId, place.field],
    );
    if (!row) throw new Error('The row was not found.');
  });
}

async function selectingBare(bench: Workbench, databaseUrl: string, stored: readonly StoredAt[]): Promise<Runner> {
  const pool = await bench.hold(
    () => Promise.resolve(new Pool({ connectionString: databaseUrl, max: CONNECTIONS })),
    (running) => running.end(),
  );
  return selecting(stored, async (sql, values) => (await pool.query<{ sealed: Buffer }>(sql, values)).rows);
}
