import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { Config } from '#libs/config';
import { Egress } from '#libs/egress';
import { fail, ok, warn, type Finding } from './finding.js';

/** What the service stands in: its environment, its disk, its addresses. */
export async function examineSurroundings(config: Config, own: Egress): Promise<Finding[]> {
  return [
    environment(config),
    egressAllow(config),
    await dataDir(config),
    await port(config, own),
    await publicUrl(config, own),
  ];
}

function environment({ production, rateLimits, generatedFiles, roles }: Config): Finding {
  const detail = `The environment is readable. Roles: ${roles.join(', ')}.`;
  if (!rateLimits) return warn('environment', 'RATE_LIMITS is off.', 'Unset it, but for a load test.');
  if (!production)
    return warn(
      'environment',
      `${detail} NODE_ENV is not production.`,
      'Where it serves customers, set NODE_ENV=production.',
    );
  if (generatedFiles.length > 0)
    return warn('environment', 'A secret was made up in DATA_DIR.', 'Set ADMIN_TOKEN and VAULT_KEYRING.');
  return ok('environment', detail);
}

/** Of cloud providers: whoever reaches it has the rights of the machine. */
const METADATA = '169.254.169.254';

function egressAllow({ egressAllow: entries, production }: Config): Finding {
  const reachesMetadata = entries.find((entry) => covers(entry, METADATA));
  if (reachesMetadata !== undefined)
    return fail(
      'egress',
      `EGRESS_ALLOW has ${reachesMetadata}: tenants' URLs may reach the metadata of the machine.`,
      'List the hosts that are meant, one by one.',
    );
  const wide = entries.find((entry) => ipaddr.isValidCIDR(entry) && ipaddr.parseCIDR(entry)[1] < 8);
  if (wide !== undefined)
    return fail('egress', `EGRESS_ALLOW has ${wide}: nearly everything.`, 'List the hosts that are meant, one by one.');
  if (production && entries.length > 0)
    return warn(
      'egress',
      `EGRESS_ALLOW exempts ${entries.join(', ')}.`,
      'Whoever registers an app, a webhook or a key URL can reach these: leave only what has to be.',
    );
  return ok('egress', entries.length === 0 ? 'No private address may be called.' : `Exempt: ${entries.join(', ')}.`);
}

function covers(entry: string, address: string): boolean {
  if (!ipaddr.isValidCIDR(entry)) return entry === address;
  const [range, bits] = ipaddr.parseCIDR(entry);
  const parsed = ipaddr.parse(address);
  return parsed.kind() === range.kind() && parsed.match(range, bits);
}

/** A worker's journal of refreshes needs a disk that keeps its word. */
async function dataDir({ dataDir: folder }: Config): Promise<Finding> {
  const path = join(folder, `doctor-${process.pid}`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile('doctor');
      await file.sync();
    } finally {
      await file.close();
      await unlink(path);
    }
    return ok('data_dir', `${folder} can be written, and synced to disk.`);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return fail(
      'data_dir',
      `${folder} can not be written (${code}).`,
      'Give the service a DATA_DIR that it owns and that outlives it.',
    );
  }
}

async function port({ port: number, host }: Config, own: Egress): Promise<Finding> {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const answer = await live(own, `http://${address.includes(':') ? `[${address}]` : address}:${number}`);
  if (answer === 'gatehouse') return ok('port', `Gatehouse answers on ${host}:${number}.`);
  if (answer === 'other')
    return fail('port', `Something else answers on ${host}:${number}.`, 'Stop it, or choose another PORT.');
  return warn(
    'port',
    `Nothing answers on ${host}:${number}.`,
    'Start the service; then run this again for the checks that need it.',
  );
}

async function publicUrl({ publicUrl: url, production }: Config, own: Egress): Promise<Finding> {
  if (production && !url.startsWith('https:'))
    return fail(
      'public_url',
      `PUBLIC_URL is ${url}, without TLS.`,
      'Put a proxy that ends TLS in front, and set its https URL.',
    );
  const answer = await live(own, url);
  if (answer === 'gatehouse') return ok('public_url', `Gatehouse answers at ${url}.`);
  if (answer === 'other')
    return fail('public_url', `Something else answers at ${url}.`, 'Have the proxy pass every path on to Gatehouse.');
  return warn(
    'public_url',
    `${url} does not answer from here.`,
    'Try it from outside. If it fails there too, look at DNS and the proxy.',
  );
}

async function live(own: Egress, origin: string): Promise<'gatehouse' | 'other' | null> {
  try {
    const { status, body } = await own.request({ method: 'GET', url: `${origin}/health/live`, timeoutSeconds: 5 });
    return status === 200 && body.toString() === '{"status":"ok"}' ? 'gatehouse' : 'other';
  } catch {
    return null;
  }
}
