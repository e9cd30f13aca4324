import { generateKeyPairSync, type KeyObject, randomUUID, verify as verifyBytes } from 'node:crypto';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { SystemClock } from '#libs/scheduling';
import { newTenant, startTestApp, type TestApp } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from '#libs/trusted-keys';
import { inFlight } from './in-flight.js';
import { inspectSelf } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import type { Suite } from './suite.js';

const WIDTH = 16;
const TOKENS = 1000;
const TOKEN_SECONDS = 3600;

interface SigningPair {
  alg: string;
  publicKey: KeyObject;
  privateKey: KeyObject;
  /** Null where the algorithm hashes by itself (RFC 8032). */
  digest: 'sha256' | null;
}

/** Verification of partner JWTs in this process, against what does less: jose alone, and the signature alone. */
export const keysVerify: Suite = {
  async prepare(bench) {
    const databaseUrl = await bench.database();
    bench.progress('signing tokens');
    const app = await bench.hold(
      () => startTestApp({ databaseUrl, imports: [TrustedKeysModule], clock: new SystemClock() }),
      (running) => running.close(),
    );
    const pairs = newPairs();
    const tenant = await createTenant(app, pairs);
    const measures = pairs.map((pair) => measureOf(pair, tenant, app.get(PartnerTokens)));
    return { measures: await Promise.all(measures), inspect: () => Promise.resolve(inspectSelf()) };
  },
};

function newPairs(): SigningPair[] {
  return [
    { alg: 'ES256', digest: 'sha256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
    { alg: 'RS256', digest: 'sha256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
    { alg: 'EdDSA', digest: null, ...generateKeyPairSync('ed25519') },
  ];
}

async function createTenant(app: TestApp<SystemClock>, pairs: SigningPair[]): Promise<Tenant> {
  const keys = pairs.map(({ alg, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), alg, kid: alg }));
  const values = newTenant({ maxTokenAgeSeconds: TOKEN_SECONDS, jtiPolicy: 'optional' });
  const { tenant } = await app
    .get(Tenants)
    .create(values, (created, tx) => app.get(TrustedKeys).register(created.id, { jwks: { keys } }, tx));
  return tenant;
}

async function measureOf(pair: SigningPair, tenant: Tenant, partnerTokens: PartnerTokens): Promise<Measure> {
  const { alg, publicKey, digest } = pair;
  const { issuer, audience } = tenant;
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => sign(pair, tenant)));
  const joseKey = await importJWK(publicKey.export({ format: 'jwk' }), alg);
  const joseRules = { algorithms: [alg], issuer, audience, maxTokenAge: TOKEN_SECONDS };
  const nodeKey = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return {
    name: `verify ${alg}`,
    unit: 'tokens',
    ours: await verifier(tokens, asIs, (token) => partnerTokens.verify(tenant, token)),
    baselines: {
      jose: await verifier(tokens, asIs, (token) => jwtVerify(token, joseKey, joseRules)),
      'node:crypto': await verifier(tokens, signedBytes, ([data, signature]) => {
        return new Promise<void>((resolve, reject) => {
          verifyBytes(digest, data, nodeKey, signature, (error, isValid) =>
            isValid ? resolve() : reject(error ?? new Error('The signature does not verify.')),
          );
        });
      }),
    },
  };
}

function sign({ alg, privateKey }: SigningPair, { issuer, audience }: Tenant): Promise<string> {
  return new SignJWT({ org_id: 'org-1' })
    .setProtectedHeader({ alg, kid: alg, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime(`${TOKEN_SECONDS}s`)
    .setJti(randomUUID())
    .sign(privateKey);
}

/**
 * Verifies a token after the other.
 * @param prepare what is not to be timed
 * @throws when a token with the signature of another one passes: whoever does not look would win every comparison
 */
async function verifier<Prepared>(
  tokens: string[],
  prepare: (token: string) => Prepared,
  verify: (prepared: Prepared) => Promise<unknown>,
): Promise<Runner> {
  const [first = '', second = ''] = tokens;
  const forged = first.slice(0, first.lastIndexOf('.')) + second.slice(second.lastIndexOf('.'));
  const passes = await verify(prepare(forged)).then(
    () => true,
    () => false,
  );
  if (passes) throw new Error('A token with the signature of another one was accepted.');
  const prepared = tokens.map(prepare);
  return inFlight(WIDTH, (turn) => verify(prepared[turn % prepared.length] as Prepared));
}

function asIs(token: string): string {
  return token;
}

function signedBytes(token: string): [data: Buffer, signature: Buffer] {
  const dot = token.lastIndexOf('.');
  return [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')];
}
