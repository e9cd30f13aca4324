import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleModule } from '@nestjs/schedule';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asTenantId, type TenantId } from '#libs/database';
import { SystemClock } from '#libs/scheduling';
import { LimitsModule } from '#libs/limits';
import { OauthModule } from '#libs/oauth';
import { Signer, SigningKeysModule } from '#libs/signing-keys';
import {
  createTestDatabase,
  queryOnce,
  type ServiceProcess,
  startService,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { VaultModule } from '#libs/vault';
import { MemoryTicks } from '../../apps/api/src/memory-ticks.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { StrictUpstream } from './strict-upstream.js';

/** `ROTATION_LOAD_SECONDS=30` is the full run. */
const SECONDS = Number(process.env.ROTATION_LOAD_SECONDS ?? 12);
const EXCHANGES_PER_SECOND = 200;
const BATCHES_PER_SECOND = 20;
const ROTATIONS = 5;
/** Of a new key: twice as long as the JWKS may be cached, and a second for the slowest process to hear of it. */
const LEAD_SECONDS = 3;
const OVERLAP_SECONDS = 4;
const AUDIENCE = 'upstream.test';

interface Exchange {
  kid: string;
  signedAt: number;
  /** Null when it was accepted. */
  refusal: string | null;
}

let database: TestDatabase;
let services: ServiceProcess[] = [];
let signers: TestApp<SystemClock>[] = [];
let upstream: StrictUpstream;
let upstreamUrl: string;
let gatehouse: Gatehouse;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  const key = randomBytes(32);
  const env = { VAULT_KEYRING: `k1:${key.toString('base64')}` };
  services = [
    await startService({ databaseUrl: database.url, env }),
    await startService({ databaseUrl: database.url, env }),
  ];
  const [first] = services;
  gatehouse = new Gatehouse(first?.url ?? '', first?.adminToken ?? '');
  await Partner.enrol(gatehouse, { slug: 'acme' });
  await gatehouse.admin('PUT', '/admin/tenants/acme/keys/policy', {
    activate_after_seconds: LEAD_SECONDS,
    overlap_seconds: OVERLAP_SECONDS,
  });
  const [row] = await queryOnce(database.url, `SELECT id FROM tenants WHERE slug = 'acme'`);
  tenantId = asTenantId(String(row?.id));
  signers = [await startSigner(key), await startSigner(key)];
  upstream = new StrictUpstream(
    services.map(({ url }) => `${url}/tenants/acme/.well-known/jwks.json`),
    AUDIENCE,
  );
  upstreamUrl = await upstream.listen();
});

afterAll(async () => {
  for (const signer of signers) await signer.close();
  for (const service of services) await service.stop();
  await upstream?.close();
  await database?.drop();
});

/** A process that signs, as the upstream client does: the libs, wired and ticking as in the service. */
function startSigner(key: Buffer): Promise<TestApp<SystemClock>> {
  return startTestApp({
    databaseUrl: database.url,
    keyring: [{ id: 'k1', key }],
    clock: new SystemClock(),
    imports: [
      ScheduleModule.forRoot(),
      {
        module: class Ticking {},
        imports: [VaultModule, OauthModule, LimitsModule, SigningKeysModule, TrustedKeysModule],
        providers: [MemoryTicks],
      },
    ],
  });
}

async function exchange(signer: Signer): Promise<Exchange> {
  const signedAt = Date.now();
  const now = Math.floor(signedAt / 1000);
  const token = await signer.sign(tenantId, { sub: 'mia', aud: AUDIENCE, iat: now, exp: now + 300 });
  const header = token.split('.')[0] ?? '';
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  const response = await fetch(upstreamUrl, { method: 'POST', body: new URLSearchParams({ subject_token: token }) });
  const { error } = (await response.json()) as { error?: string };
  return { kid, signedAt, refusal: error ?? null };
}

/** Steady, whatever the answers take: a batch every 50 ms, from both signers in turn. */
async function exchangeSteadily(isOver: () => boolean): Promise<Exchange[]> {
  const under: Promise<Exchange>[] = [];
  const began = Date.now();
  for (let batch = 0; !isOver(); batch += 1) {
    for (let n = 0; n < EXCHANGES_PER_SECOND / BATCHES_PER_SECOND; n += 1) {
      const app = signers[n % signers.length];
      if (app) under.push(exchange(app.get(Signer)));
    }
    await delay(Math.max(0, began + ((batch + 1) * 1000) / BATCHES_PER_SECOND - Date.now()));
  }
  return Promise.all(under);
}

async function rotate(): Promise<string> {
  return (await gatehouse.admin('POST', '/admin/tenants/acme/keys/rotate', {})).at('kid');
}

async function keys(): Promise<{ kid: string; state: string }[]> {
  return ((await gatehouse.admin('GET', '/admin/tenants/acme/keys')).json as { keys: { kid: string; state: string }[] })
    .keys;
}

async function activeKid(): Promise<string> {
  return (await keys()).find(({ state }) => state === 'active')?.kid ?? '';
}

async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}

it(
  `${EXCHANGES_PER_SECOND} exchanges a second go on through ${ROTATIONS} rotations and an emergency revocation, and only the revoked key is refused`,
  async () => {
    let isOver = false;
    const exchanges = exchangeSteadily(() => isOver);
    const began = Date.now();
    const everActive = new Set([await activeKid()]);
    for (let n = 0; n < ROTATIONS; n += 1) {
      const kid = await rotate();
      await delay(Math.max(0, began + ((n + 1) * (SECONDS - 4) * 1000) / (ROTATIONS + 1) - Date.now()));
      everActive.add(kid);
    }
    await untilTrue(
      async () => everActive.has(await activeKid()) && !(await keys()).some(({ state }) => state === 'pending'),
    );

    // A successor that is published, and not yet due, when the emergency comes.
    const successor = await rotate();
    await untilTrue(() => upstream.knows(successor));
    const revoked = await activeKid();
    await gatehouse.admin('POST', `/admin/tenants/acme/keys/${revoked}/revoke`);
    const revokedAt = Date.now();
    expect(await activeKid()).toBe(successor);
    for (const { url } of services) {
      await untilTrue(
        async () => !(await (await fetch(`${url}/tenants/acme/.well-known/jwks.json`)).text()).includes(revoked),
      );
    }
    const goneEverywhereAt = Date.now();
    await untilTrue(() => Date.now() >= Math.max(began + SECONDS * 1000, goneEverywhereAt + 2500));
    isOver = true;

    const all = await exchanges;
    const refused = all.filter(({ refusal }) => refusal !== null);
    const late = all.filter(({ kid, signedAt }) => kid === revoked && signedAt > revokedAt + 1000);
    console.log(
      `${all.length} exchanges in ${((Date.now() - began) / 1000).toFixed(1)} s by ${new Set(all.map(({ kid }) => kid)).size} keys;` +
        ` refused: ${refused.length}, all by the revoked key: ${refused.every(({ kid }) => kid === revoked)};` +
        ` out of every JWKS ${goneEverywhereAt - revokedAt} ms after the answer`,
    );
    expect(refused.filter(({ kid }) => kid !== revoked)).toEqual([]);
    expect(late).toEqual([]);
    expect(new Set(all.map(({ kid }) => kid))).toEqual(new Set([...everActive, successor]));
    expect(all.length).toBeGreaterThan(EXCHANGES_PER_SECOND * SECONDS * 0.9);
  },
  (SECONDS + 60) * 1000,
);
