import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR, type Actor, type AuditAction } from '#libs/audit';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Events } from '#libs/events';
import { Clock, OutageLog, secondsAfter } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import { newKeyPair, type NewKeyPair, type SigningAlgorithm } from './key-pair.js';
import { defaultPolicy, MAX_PUBLISHED_KEYS, type KeyPolicy } from './key-policy.js';
import { dueActivations, dueRetirements, hasRoom, nextDue, nextRotation } from './key-timetable.js';
import type { SigningKeySet } from './signing-key-set.entity.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeyStore } from './signing-keys.store.js';

const SETS_AT_ONCE = 20;
const RETRY_SECONDS = 60;

export interface RotationOptions {
  alg?: SigningAlgorithm | undefined;
  activateAfterSeconds?: number | undefined;
  overlapSeconds?: number | undefined;
}

/** A change under way: the set is locked, and `keys` is what its rows say by now. */
interface Change {
  tenantId: TenantId;
  policy: KeyPolicy;
  keys: SigningKey[];
  now: Date;
  actor: Actor;
  tx: Transaction;
}

/** The life of the keys that we hold for a tenant: `pending → active → retiring → revoked`. */
@Injectable()
export class KeyRotation implements OnModuleInit {
  readonly #log = new Logger('KeyRotation');
  readonly #outage = new OutageLog(this.#log, 'Scheduled key changes');
  #running: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly store: SigningKeyStore,
    private readonly audit: Audit,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** The first key of a tenant, active at once: nobody can have cached a key set without it. Does nothing for a tenant that has keys. */
  async createFirst(tenantId: TenantId, actor: Actor, tx: Transaction): Promise<void> {
    const pair = await newKeyPair(defaultPolicy.alg);
    const now = this.clock.now();
    if (!(await this.store.createSet(tenantId, defaultPolicy, now, tx))) return;
    const change = { tenantId, policy: defaultPolicy, keys: [], now, actor, tx };
    await this.#add(change, pair, { activateAfterSeconds: 0 });
    await this.#settle(change);
  }

  /** Gatehouse's own first key is made by whichever process starts first. */
  async onModuleInit(): Promise<void> {
    await this.store.createMissingSets(defaultPolicy, this.clock.now());
    if ((await this.store.list(PLATFORM)).length > 0) return;
    await this.database.of(PLATFORM).transaction((tx) => this.createFirst(PLATFORM, SYSTEM_ACTOR, tx));
  }

  /**
   * Publishes a new key, which takes over after `activateAfterSeconds`; the key that it replaces stays published for `overlapSeconds` more.
   * What is not given is as the tenant's policy says.
   * @throws Problem conflict when too many keys are published already
   */
  async rotate(tenantId: TenantId, options: RotationOptions, actor: Actor): Promise<SigningKey> {
    const pair = await newKeyPair(options.alg ?? (await this.store.policy(tenantId)).alg);
    return this.#change(tenantId, actor, async (change) => {
      requireRoom(change.keys);
      const key = await this.#add(change, pair, options);
      await this.#settle(change);
      return key;
    });
  }

  /**
   * Takes a key out of the JWKS at once. When it is the active one, a successor signs at once: the pending key that consumers have had
   * the most time to read, else a new one. Revoking a revoked key changes nothing.
   * @throws Problem not_found
   */
  async revoke(tenantId: TenantId, kid: string, actor: Actor): Promise<SigningKey> {
    // Made beforehand, needed or not: nothing slow happens under the lock.
    const spare = await newKeyPair((await this.store.policy(tenantId)).alg);
    return this.#change(tenantId, actor, async (change) => {
      const key = change.keys.find((candidate) => candidate.kid === kid);
      if (!key) throw problem('not_found', 'The tenant has no key of this kid. GET …/keys lists them.');
      if (key.state === 'revoked') return key;
      const wasActive = key.state === 'active';
      await this.#apply(change, key, { state: 'revoked', retiresAt: change.now, revokedAt: change.now }, 'key.revoked');
      if (wasActive) {
        const [next] = change.keys.filter(({ state }) => state === 'pending').sort(byAge);
        await this.#activate(change, next ?? (await this.#add(change, spare, { activateAfterSeconds: 0 })));
      }
      await this.#settle(change);
      return key;
    });
  }

  policy(tenantId: TenantId): Promise<KeyPolicy> {
    return this.store.policy(tenantId);
  }

  /** Changes the policy, for keys to come; what is left out stays. */
  setPolicy(tenantId: TenantId, changes: Partial<KeyPolicy>, actor: Actor): Promise<KeyPolicy> {
    return this.#change(tenantId, actor, async (change) => {
      const { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds } = { ...change.policy, ...changes };
      change.policy = { alg, rotateEveryDays, activateAfterSeconds, overlapSeconds };
      await this.store.savePolicy(tenantId, change.policy, change.tx);
      const details = {
        alg,
        rotate_every_days: rotateEveryDays,
        activate_after_seconds: activateAfterSeconds,
        overlap_seconds: overlapSeconds,
      };
      await this.audit.record(change.tx, tenantId, { actor, action: 'key_policy.changed', details });
      await this.#settle(change);
      return change.policy;
    });
  }

  /** What the clock has to change, for every tenant. Any number of workers may call it at once: each change happens once. Never throws. */
  runDue(): Promise<void> {
    this.#running ??= this.#outage
      .around(() => this.#runDue())
      .then(() => undefined)
      .finally(() => (this.#running = null));
    return this.#running;
  }

  /** Waits for what runDue has begun. */
  async settle(): Promise<void> {
    await this.#running;
  }

  async #runDue(): Promise<void> {
    for (const tenantId of await this.store.due(this.clock.now(), SETS_AT_ONCE)) {
      await this.#runDueOf(tenantId).catch((error: unknown) => this.#postpone(tenantId, error));
    }
  }

  /** A set that can not be changed, such as one whose vault key is lost, must not keep the others from their turn. */
  async #postpone(tenantId: TenantId, cause: unknown): Promise<void> {
    this.#log.error({ tenant: tenantId, cause });
    const now = this.clock.now();
    await this.store.postpone(tenantId, now, secondsAfter(now, RETRY_SECONDS));
  }

  async #runDueOf(tenantId: TenantId): Promise<void> {
    const policy = await this.store.policy(tenantId);
    const spare = isRotationDue(await this.store.list(tenantId), policy, this.clock.now())
      ? await newKeyPair(policy.alg)
      : null;
    await this.database.of(tenantId).transaction(async (tx) => {
      const now = this.clock.now();
      const set = await this.store.lockDue(tenantId, now, tx);
      if (!set) return;
      const change = { ...(await this.#begin(set, tx)), now, actor: SYSTEM_ACTOR };
      await this.#settle(change, spare);
    });
  }

  #change<Result>(tenantId: TenantId, actor: Actor, work: (change: Change) => Promise<Result>): Promise<Result> {
    return this.database.of(tenantId).transaction(async (tx) => {
      const set = await this.store.lock(tenantId, tx);
      return work({ ...(await this.#begin(set, tx)), now: this.clock.now(), actor });
    });
  }

  async #begin(set: SigningKeySet, tx: Transaction): Promise<Pick<Change, 'tenantId' | 'policy' | 'keys' | 'tx'>> {
    const { tenantId } = set;
    return { tenantId, policy: set, keys: await this.store.keysOf(tenantId, tx), tx };
  }

  /** Carries out what the clock asks for by now, and sets when it will ask next. The last step of every change. */
  async #settle(change: Change, spare: NewKeyPair | null = null): Promise<void> {
    const { tenantId, policy, keys, now, tx } = change;
    if (spare && isRotationDue(keys, policy, now)) await this.#add(change, spare, {});
    for (const key of dueActivations(keys, now)) await this.#activate(change, key);
    for (const key of dueRetirements(keys, now)) {
      await this.#apply(change, key, { state: 'revoked', retiresAt: now, revokedAt: now }, 'key.retired');
    }
    await this.store.changed(tenantId, nextDue(keys, policy), tx);
  }

  async #add(change: Change, pair: NewKeyPair, options: RotationOptions): Promise<SigningKey> {
    const { tenantId, policy, keys, now, actor, tx } = change;
    const times = {
      createdAt: now,
      activatesAt: secondsAfter(now, options.activateAfterSeconds ?? policy.activateAfterSeconds),
      overlapSeconds: options.overlapSeconds ?? policy.overlapSeconds,
    };
    const key = await this.store.insert(tenantId, pair, times, tx);
    keys.push(key);
    const details = { alg: key.alg, activates_at: key.activatesAt.toISOString(), overlap_seconds: key.overlapSeconds };
    await this.audit.record(tx, tenantId, { actor, action: 'key.created', subject: key.kid, details });
    return key;
  }

  /** The old key goes first: two active ones are against the law of the table. */
  async #activate(change: Change, key: SigningKey): Promise<void> {
    const { now } = change;
    const replaced = change.keys.find(({ state }) => state === 'active');
    if (replaced) {
      const retiresAt = secondsAfter(now, key.overlapSeconds);
      await this.#apply(change, replaced, { state: 'retiring', retiresAt }, 'key.retiring');
    }
    await this.#apply(change, key, { state: 'active', activatesAt: now }, 'key.activated');
    if (change.keys.length > 1) await this.#tell(change, key);
  }

  async #tell({ tenantId, tx }: Change, { kid, alg }: SigningKey): Promise<void> {
    const told = `UPDATE signing_key_sets SET version = version + 1 WHERE tenant_id = $1
      RETURNING version AS sequence, jsonb_build_object('kid', $2::text, 'alg', $3::text) AS payload`;
    await this.events.recordWith(tx, tenantId, { type: 'key.rotated', subject: tenantId }, told, [tenantId, kid, alg]);
  }

  async #apply(
    { tenantId, actor, tx }: Change,
    key: SigningKey,
    changes: Partial<Pick<SigningKey, 'state' | 'activatesAt' | 'retiresAt' | 'revokedAt'>>,
    action: AuditAction,
  ): Promise<void> {
    await this.store.change(key, changes, tx);
    Object.assign(key, changes);
    await this.audit.record(tx, tenantId, { actor, action, subject: key.kid, details: { alg: key.alg } });
  }
}

function isRotationDue(keys: readonly SigningKey[], policy: KeyPolicy, now: Date): boolean {
  const at = nextRotation(keys, policy);
  return at !== null && at <= now;
}

/** Published longest, so known to most consumers. */
function byAge(one: SigningKey, other: SigningKey): number {
  return one.createdAt.getTime() - other.createdAt.getTime();
}

function requireRoom(keys: readonly SigningKey[]): void {
  if (hasRoom(keys)) return;
  throw problem(
    'conflict',
    `${MAX_PUBLISHED_KEYS} keys are published already. Wait for the end of an overlap, or revoke a key that nothing needs any more.`,
  );
}
