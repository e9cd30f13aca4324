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
/** Longer than the longest measure that the options allow. */
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
    const app = await bench.hold(
      () => startTestApp({ databaseUrl, imports: [TrustedKeysModule], clock: new SystemClock() }),
      (running) => running.close(),
    );
    const pairs = newPairs();
    const tenant = await createTenant(app, pairs);
    const measures = await Promise.all(pairs.map((pair) => measureOf(pair, tenant, app.get(PartnerTokens))));
    return { measures, inspect: () => Promise.resolve(inspectSelf()) };
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
  let signed: Promise<string[]> | undefined;
  // At the first run, not while the suite is prepared: by then the measures before this one may have taken longer than a token lives.
  const tokens = () => (signed ??= Promise.all(Array.from({ length: TOKENS }, () => sign(pair, tenant))));
  const joseKey = await importJWK(publicKey.export({ format: 'jwk' }), alg);
  const joseRules = { algorithms: [alg], issuer, audience, maxTokenAge: TOKEN_SECONDS };
  const nodeKey = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return {
    name: `verify ${alg}`,
    unit: 'tokens',
    ours: verifier(tokens, asIs, (token) => partnerTokens.verify(tenant, token)),
    baselines: {
      jose: verifier(tokens, asIs, (token) => jwtVerify(token, joseKey, joseRules)),
      'node:crypto': verifier(tokens, signedBytes, ([data, signature]) => {
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
 */
function verifier<Prepared>(
  tokens: () => Promise<string[]>,
  prepare: (token: string) => Prepared,
  verify: (prepared: Prepared) => Promise<unknown>,
): Runner {
  let begun: Promise<Runner> | undefined;
  const begin = async () => {
    const texts = await tokens();
    await requireRefusal(texts, (token) => verify(prepare(token)));
    const prepared = texts.map(prepare);
    return inFlight(WIDTH, (turn) => verify(prepared[turn % prepared.length] as Prepared));
  };
  return async (seconds) => (await (begun ??= begin()))(seconds);
}

/** @throws when a token with the signature of another one passes: whoever does not look would win every comparison */
async function requireRefusal(
  [first = '', second = '']: string[],
  verify: (token: string) => Promise<unknown>,
): Promise<void> {
  const forged = first.slice(0, first.lastIndexOf('.')) + second.slice(second.lastIndexOf('.'));
  const passes = await verify(forged).then(
    () => true,
    () => false,
  );
  if (passes) throw new Error('A token with the signature of another one was accepted.');
}

function asIs(token: string): string {
  return token;
}

function signedBytes(token: string): [data: Buffer, signature: Buffer] {
  const dot = token.lastIndexOf('.');
  return [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')];
}
