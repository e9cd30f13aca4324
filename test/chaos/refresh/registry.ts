import { CatalogModule, TenantCatalog } from '#libs/catalog';
import { Connections, ConnectionsModule, type Credentials } from '#libs/connections';
import type { KeyringEntry } from '#libs/config';
import { Secret } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { SystemClock } from '#libs/scheduling';
import { type MintedGrant, startTestApp, type TestApp, tokenFingerprint } from '#libs/testing';
import { Tenants, Users } from '#libs/tenants';
import { APP_KEY } from './provider-app.js';

/** So many rows are written or read at once: fewer than the pool has connections. */
const AT_ONCE = 8;

export interface Seed {
  obtainedAt: Date;
  expiresAt: Date;
  /** By default when the product's own rule says. */
  dueAt?: Date;
}

/** A connection and the provider's grant behind it. */
export interface Seeded {
  id: string;
  grant: string;
  /** Fingerprint of its first refresh token. */
  first: string;
}

/** The product's own stores over the same database and keyring as the services: what writes connections, and what reads the vault for the judge. */
export class Registry {
  constructor(
    private readonly databaseUrl: string,
    private readonly keyring: KeyringEntry[],
    private readonly slug: string,
    private readonly user: string,
  ) {}

  /** Connections of one user, as if each grant had been consented to just now. */
  async establish(grants: readonly MintedGrant[], seedOf: (index: number) => Seed): Promise<Seeded[]> {
    return this.#with(async (app) => {
      const tenantId = await this.#tenantId(app);
      const userId = await app.get(Users).findOrCreate(tenantId, 'org-1', this.user);
      const found = await app.get(TenantCatalog).find(tenantId, APP_KEY);
      if (!found) throw new Error('The app is not offered.');
      return inBatches(grants, async (minted, index) => {
        const seed = seedOf(index);
        const credentials = new Secret<Credentials>(credentialsOf(minted, seed));
        const account = { id: minted.grant, title: `Account ${index}` };
        const values = {
          userId,
          appId: found.id,
          title: `Account ${index}`,
          status: 'connected' as const,
          account,
          credentials,
        };
        const id = await app.get(Database).overTenants.transaction(async (tx) => {
          const made = await app.get(Connections).establish(tenantId, values, null, tx);
          if (seed.dueAt) await tx.query('UPDATE connections SET due_at = $2 WHERE id = $1', [made, seed.dueAt]);
          return made;
        });
        return { id, grant: minted.grant, first: tokenFingerprint(minted.refreshToken) };
      });
    });
  }

  /** By grant: the fingerprint of the refresh token in the vault. Null where there is none. */
  async held(connections: readonly Seeded[]): Promise<Map<string, string | null>> {
    return this.#with(async (app) => {
      const tenantId = await this.#tenantId(app);
      const entries = await inBatches(connections, async ({ id, grant }): Promise<[string, string | null]> => {
        const value = (await app.get(Connections).credentials(tenantId, id))?.value.reveal();
        const token = value?.kind === 'oauth2' ? value.refreshToken : null;
        return [grant, token === null ? null : tokenFingerprint(token)];
      });
      return new Map(entries);
    });
  }

  async #tenantId(app: TestApp<SystemClock>): Promise<TenantId> {
    return (await app.get(Tenants).bySlug(this.slug)).id;
  }

  async #with<Result>(work: (app: TestApp<SystemClock>) => Promise<Result>): Promise<Result> {
    await using app = await startTestApp({
      databaseUrl: this.databaseUrl,
      keyring: this.keyring,
      imports: [CatalogModule, ConnectionsModule],
      clock: new SystemClock(),
    });
    // Awaited here: the app is closed when this block ends.
    return await work(app);
  }
}

function credentialsOf({ accessToken, refreshToken }: MintedGrant, { obtainedAt, expiresAt }: Seed): Credentials {
  return {
    kind: 'oauth2',
    accessToken,
    refreshToken,
    scopes: ['things'],
    obtainedAt: obtainedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const batch = items.slice(start, start + AT_ONCE);
    results.push(...(await Promise.all(batch.map((item, offset) => work(item, start + offset)))));
  }
  return results;
}
