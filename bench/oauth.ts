import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import type { ServiceProcess } from '#libs/testing';
import { httpLoad, type FormRequest } from './http-load.js';
import { INSPECTABLE, inspectChild } from './inspector.js';
import type { Runner } from './measure.js';
import type { Suite } from './suite.js';
import type { Workbench } from './workbench.js';

const URN = 'urn:ietf:params:oauth:token-type:';
const USERS = 100;
/** So many different tokens go round; each is good for an exchange as often as it comes, until it expires. */
const TOKENS = 1000;

interface Enrolled {
  clientId: string;
  clientSecret: string;
  key: CryptoKey;
}

/** The token endpoint over HTTP, against oidc-provider in a process of its own. */
export const oauth: Suite = {
  async prepare(bench, { profile }) {
    const databaseUrl = await bench.database();
    bench.progress('starting the service');
    const env = { RATE_LIMITS: 'off', ...(profile && INSPECTABLE) };
    const service = await bench.process({ databaseUrl, env });
    const enrolled = await enrol(service);
    const theirs = await startProvider(bench);
    const ours = `${service.url}/oauth/token`;
    const appToken = form({ grant_type: 'client_credentials', scope: 'webhook:read', ...credentials(enrolled) });
    const baselines = { 'oidc-provider, client credentials': theirs };
    return {
      measures: [
        { name: 'JWT exchange', unit: 'tokens', ours: exchanging(ours, service.pid, enrolled), baselines },
        {
          name: 'client credentials',
          unit: 'tokens',
          ours: httpLoad({ url: ours, pid: service.pid, status: 200, forms: [appToken] }),
          baselines,
        },
      ],
      inspect: () => inspectChild(service.logs()),
    };
  },
};

export async function enrol({ url, adminToken }: ServiceProcess): Promise<Enrolled> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'bench-1', alg: 'ES256', use: 'sig' };
  const response = await fetch(`${url}/admin/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      slug: 'bench',
      name: 'Bench',
      issuer: 'https://bench.example',
      audience: 'gatehouse',
      trust: { jwks: { keys: [key] } },
    }),
  });
  if (!response.ok) throw new Error(`The tenant could not be made: ${response.status} ${await response.text()}`);
  const { client } = (await response.json()) as { client: { client_id: string; client_secret: string } };
  return { clientId: client.client_id, clientSecret: client.client_secret, key: privateKey };
}

async function startProvider(bench: Workbench): Promise<Runner> {
  const secret = randomUUID();
  bench.progress('starting oidc-provider');
  const script = join(import.meta.dirname, 'oidc-provider.js');
  const { url, pid } = await bench.process({ databaseUrl: '', script, env: { BENCH_SECRET: secret } });
  const credentialsOfBench = { client_id: 'bench', client_secret: secret };
  const request = form({ grant_type: 'client_credentials', scope: 'webhook:read', ...credentialsOfBench });
  return httpLoad({ url: `${url}/token`, pid, status: 200, forms: [request] });
}

/** Signs anew for each run: a token is good for five minutes. */
export function exchanging(url: string, pid: number, enrolled: Enrolled): Runner {
  return async (seconds) => {
    const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, n) => sign(enrolled.key, `user-${n % USERS}`)));
    const forms = tokens.map((token) =>
      form({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        subject_token_type: `${URN}external-jwt`,
        scope: 'zap connection:read',
        ...credentials(enrolled),
      }),
    );
    return httpLoad({ url, pid, status: 200, forms })(seconds);
  };
}

function sign(key: CryptoKey, user: string): Promise<string> {
  return new SignJWT({ org_id: 'org-1' })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'bench-1' })
    .setSubject(user)
    .setIssuer('https://bench.example')
    .setAudience('gatehouse')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);
}

export function credentials({ clientId, clientSecret }: Enrolled): Record<string, string> {
  return { client_id: clientId, client_secret: clientSecret };
}

export function form(parameters: Record<string, string>): FormRequest {
  return { body: new URLSearchParams(parameters).toString() };
}
