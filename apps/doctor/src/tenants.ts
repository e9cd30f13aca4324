import type { Client } from 'pg';
import type { Config } from '#libs/config';
import { Egress } from '#libs/egress';
import { PLATFORM } from '#libs/tenants';
import { fail, ok, warn, type Finding } from './finding.js';

const MOST_TENANTS = 500;
const AT_ONCE = 8;

interface TenantRow {
  slug: string;
  jwksUri: string | null;
}

/** The keys that wrap data keys, and each tenant's public keys: theirs where they publish them, and ours where they look for them. */
export async function examineTenants(config: Config, client: Client, own: Egress): Promise<Finding[]> {
  const { rows } = await client.query<TenantRow>(
    `SELECT tenant.slug, trusted.jwks_uri AS "jwksUri"
       FROM tenants tenant LEFT JOIN trusted_key_sets trusted ON trusted.tenant_id = tenant.id
      WHERE tenant.id <> $2 ORDER BY tenant.slug LIMIT $1`,
    [MOST_TENANTS, PLATFORM],
  );
  const egress = new Egress(config);
  const theirs = rows.flatMap(({ slug, jwksUri }) => (jwksUri === null ? [] : [{ slug, url: jwksUri }]));
  const ours = rows.map(({ slug }) => ({ slug, url: `${config.publicUrl}/tenants/${slug}/.well-known/jwks.json` }));
  return [
    await keyring(config, client),
    ...(await examineUrls(
      'tenant_trust',
      theirs,
      egress,
      'Their new tokens are refused once the keys that are held have aged. Ask the tenant.',
    )),
    ...(await examineUrls(
      'tenant_jwks',
      ours,
      own,
      'Partners can not verify what Gatehouse signs. Check PUBLIC_URL and the proxy.',
    )),
  ];
}

async function keyring({ vaultKeyring }: Config, client: Client): Promise<Finding> {
  const { rows } = await client.query<{ keyId: string; count: number }>(
    `SELECT key_id AS "keyId", count(*)::integer AS count FROM data_keys WHERE wrapped IS NOT NULL GROUP BY key_id`,
  );
  const missing = rows.filter(({ keyId }) => !vaultKeyring.some(({ id }) => id === keyId));
  if (missing.length > 0) {
    const names = missing.map(({ keyId, count }) => `${keyId} (${count} data keys)`).join(', ');
    return fail(
      'keyring',
      `VAULT_KEYRING lacks ${names}.`,
      'Add them after the primary: without them these secrets are lost.',
    );
  }
  const primary = vaultKeyring[0]?.id;
  const old = rows.filter(({ keyId }) => keyId !== primary).reduce((sum, { count }) => sum + count, 0);
  if (old === 0) return ok('keyring', 'VAULT_KEYRING has every key in use, and the primary wraps them all.');
  return warn(
    'keyring',
    `${old} data keys are wrapped by a key that is not the primary.`,
    'Rewrap them: POST /admin/vault/rewrap',
  );
}

async function examineUrls(
  check: string,
  urls: readonly { slug: string; url: string }[],
  egress: Egress,
  next: string,
): Promise<Finding[]> {
  const waiting = [...urls];
  const failed: Finding[] = [];
  const work = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const fault = await keySetFault(one.url, egress);
      if (fault !== null) failed.push(fail(check, `${one.slug}: ${one.url}: ${fault}`, next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed.length > 0) return failed.sort((one, other) => one.detail.localeCompare(other.detail));
  return [ok(check, `${urls.length} of ${urls.length} key URLs answer.`)];
}

/** @returns a sentence; null when it is a set of keys */
async function keySetFault(url: string, egress: Egress): Promise<string | null> {
  try {
    const { status, body } = await egress.request({ method: 'GET', url, purpose: 'jwks' });
    if (status !== 200) return `It answered ${status}.`;
    const { keys } = JSON.parse(body.toString('utf8')) as { keys?: unknown };
    return Array.isArray(keys) && keys.length > 0 ? null : 'It holds no keys.';
  } catch (error) {
    return error instanceof SyntaxError ? 'It is not JSON.' : (error as Error).message;
  }
}
