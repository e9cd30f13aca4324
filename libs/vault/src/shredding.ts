import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { ChangeWatch, Wakeups, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import { DataKeys } from './data-keys.js';
import { Tombstones, type BuriedTenant } from './tombstones.store.js';

/** Destroys what opens a tenant's secrets: in the database with one commit, in the memory of every process within a second of it. */
@Injectable()
export class Shredding implements OnApplicationBootstrap {
  readonly #watch: ChangeWatch;

  constructor(
    private readonly tombstones: Tombstones,
    private readonly dataKeys: DataKeys,
    private readonly audit: Audit,
    private readonly clock: Clock,
    wakeups: Wakeups,
  ) {
    const forget = async (seconds: number | null) => {
      for (const tenantId of await tombstones.buriedIn(seconds)) dataKeys.forget(tenantId);
    };
    this.#watch = new ChangeWatch({
      name: 'Tombstones',
      now: () => clock.now(),
      readAll: () => forget(null),
      readChanged: forget,
    });
    wakeups.listen('tombstones', () => void this.sync());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.sync();
  }

  /** As ChangeWatch. */
  sync(): Promise<boolean> {
    return this.#watch.sync();
  }

  /** In the caller's transaction, with the entry that says so on the platform's trail. */
  async shred(tenant: Omit<BuriedTenant, 'shreddedAt'>, actor: Actor, tx: Transaction): Promise<void> {
    await this.tombstones.bury({ ...tenant, shreddedAt: this.clock.now() }, tx);
    await this.#record(tenant, 'request', actor, tx);
  }

  /** As `shred`, for a database that was restored from a backup: a tenant that was deleted after it is deleted again. */
  async bury(tombstone: BuriedTenant, actor: Actor, tx: Transaction): Promise<void> {
    await this.tombstones.bury(tombstone, tx);
    await this.#record(tombstone, 'tombstone', actor, tx);
  }

  /** Once that is committed: this process forgets the keys at once, and the others within a second. */
  takeEffect(tenantId: TenantId): void {
    this.dataKeys.forget(tenantId);
  }

  list(): Promise<BuriedTenant[]> {
    return this.tombstones.list();
  }

  #record(
    { tenantId, slug }: Omit<BuriedTenant, 'shreddedAt'>,
    by: 'request' | 'tombstone',
    actor: Actor,
    tx: Transaction,
  ): Promise<void> {
    const entry = { actor, action: 'tenant.deleted' as const, subject: slug, details: { id: tenantId, by } };
    return this.audit.record(tx, PLATFORM, entry);
  }
}
