import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Admin } from './admin.js';

/** Compiled, this file is four folders below the checkout. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const sources = 'libs/testing/src';
const startSeconds = 60;
/** Somebody who clicks around makes more calls in a minute than Zapier allows a backend that waits for nobody. */
const rate = { per_address: 600, per_partner: 600 };

export interface ZapierOptions {
  gatehouseUrl: string;
  adminToken: string;
  port: number;
}

export interface Zapier {
  url: string;
  close(): Promise<void>;
}

/** The emulator of Zapier that the tests use, in a process of its own, as the upstream of Acme Notes: `npm start -- --with-zapier-emulator`. */
export async function startZapier({ gatehouseUrl, adminToken, port }: ZapierOptions): Promise<Zapier> {
  const issuer = `${gatehouseUrl}/tenants/acme-notes`;
  const partner = {
    clientId: 'gatehouse-acme-notes',
    clientSecret: 'only-the-emulator-takes-this-secret',
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    redirectUris: [`${gatehouseUrl}/oauth/upstream/zapier/callback`],
    origins: [gatehouseUrl],
  };
  const settings = { runMilliseconds: 2000, localCallbacks: true };
  const child = spawn(
    process.execPath,
    ['--import', `./${sources}/rotating-provider-loader.mjs`, `${sources}/zapier-emulator/emulator-process.ts`],
    {
      cwd: root,
      env: { PATH: process.env.PATH, EMULATOR_OPTIONS: JSON.stringify({ port, partners: [partner], settings }) },
      // It ends with the end of its input, which is ours to hold.
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stdin.end();
    await once(child, 'exit');
  };
  try {
    const signal = AbortSignal.timeout(startSeconds * 1000);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const { origin: url } = JSON.parse(line) as { origin: string };
    await new Admin(gatehouseUrl, adminToken).put('/admin/tenants/acme-notes/upstreams/zapier', {
      title: 'Zapier (emulated)',
      mode: 'jwt',
      api_url: url,
      token_url: `${url}/oauth/token/`,
      authorize_url: `${url}/v2/authorize`,
      connect_url: url,
      client_id: partner.clientId,
      client_secret: partner.clientSecret,
      audience: 'connect.zapier.com',
      rate,
    });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
