import { randomBytes } from 'node:crypto';
import type { KeyringEntry } from '#libs/config';
import { LocalKeyring, Secret } from '#libs/crypto';
import { asTenantId, newId, type TenantId } from '#libs/database';
import { createTenant, type TestApp } from '#libs/testing';
import type { Clock } from '#libs/scheduling';
import { Vault, type SecretPlace } from '#libs/vault';

const ROWS_AT_ONCE = 1000;

export interface StoredAt {
  tenantId: TenantId;
  place: SecretPlace;
}

/** Fills the vault of new tenants, a thousand secrets with a statement. Each reads `first`. */
export async function storeMany(app: TestApp<Clock>, count: number, tenants: number): Promise<StoredAt[]> {
  const stored: StoredAt[] = [];
  for (let tenant = 0; tenant < tenants; tenant += 1) {
    const { id: tenantId } = await createTenant(app);
    const places = Array.from({ length: Math.ceil(count / tenants) }, (): SecretPlace => {
      return { kind: 'connection', rowId: newId(), field: 'credentials' };
    });
    for (let start = 0; start < places.length; start += ROWS_AT_ONCE)
      await insert(app, tenantId, places.slice(start, start + ROWS_AT_ONCE));
    for (const place of places) stored.push({ tenantId, place });
  }
  return stored;
}

async function insert(app: TestApp<Clock>, tenantId: TenantId, places: readonly SecretPlace[]): Promise<void> {
  using held = await app.get(Vault).sealFor(tenantId);
  const sealed = places.map((place) => held.seal(place, 1, new Secret('first')));
  await app.database.query(
    `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
     SELECT $1, 'connection', row_id, 'credentials', 1, generation, sealed
       FROM unnest($2::text[], $3::integer[], $4::bytea[]) AS made (row_id, generation, sealed)`,
    [
      tenantId,
      places.map(({ rowId }) => rowId),
      sealed.map(({ generation }) => generation),
      sealed.map((value) => value.sealed),
    ],
  );
}

/** Tenants of which each has a data key and nothing else, as fast as the database takes them. */
export async function makeDataKeys(app: TestApp<Clock>, count: number, under: KeyringEntry): Promise<void> {
  const ring = new LocalKeyring([under]);
  const ids = Array.from({ length: count }, () => asTenantId(newId()));
  const wrapped = await Promise.all(ids.map((id) => ring.wrap(randomBytes(32), ['data-key', id, '1'])));
  await app.database.query(
    `INSERT INTO tenants (id, slug, name, issuer, audience)
     SELECT id, 'many-' || id, 'Many', 'https://many.example', 'gatehouse' FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await app.database.query(
    `INSERT INTO data_keys (tenant_id, generation, key_id, wrapped)
     SELECT id, 1, $2::text, wrapped FROM unnest($1::uuid[], $3::bytea[]) AS made (id, wrapped)`,
    [ids, under.id, wrapped.map((one) => one.wrapped)],
  );
}

/**
 * Reads and replaces stored secrets, one after the other in each lane, until it is stopped. A lane has secrets of its own, so it knows what
 * each of them must read.
 */
export class Traffic {
  readonly #expected = new Map<StoredAt, string>();
  readonly failures: unknown[] = [];
  writes = 0;
  reads = 0;
  #stopped = false;
  #since = { writes: 0, at: performance.now() };
  readonly #lanes: Promise<void>[];

  constructor(
    private readonly app: TestApp<Clock>,
    stored: readonly StoredAt[],
    lanes: number,
  ) {
    this.#lanes = Array.from({ length: lanes }, (_, lane) =>
      this.#run(stored.filter((_at, index) => index % lanes === lane)),
    );
  }

  /** Writes a second since it was asked last. */
  rate(): number {
    const { writes, at } = this.#since;
    this.#since = { writes: this.writes, at: performance.now() };
    return (this.writes - writes) / ((performance.now() - at) / 1000);
  }

  /** @returns what each secret must read that was replaced */
  async stop(): Promise<ReadonlyMap<StoredAt, string>> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    return this.#expected;
  }

  async #run(own: readonly StoredAt[]): Promise<void> {
    const vault = this.app.get(Vault);
    for (let turn = 0; !this.#stopped; turn += 1) {
      const at = own[Math.floor(Math.random() * own.length)] as StoredAt;
      try {
        const held = await vault.get<string>(at.tenantId, at.place);
        this.reads += 1;
        if (held?.value.reveal() !== (this.#expected.get(at) ?? 'first')) throw new Error('A value was lost.');
        const next = `value-${turn}-${Math.random()}`;
        if (!(await vault.replace(at.tenantId, at.place, new Secret(next), held.version)))
          throw new Error('Somebody else wrote to it.');
        this.#expected.set(at, next);
        this.writes += 1;
      } catch (error) {
        this.failures.push(error);
        // One failure is enough to know; a flood of them would leave no time for anything else.
        return;
      }
    }
  }
}
