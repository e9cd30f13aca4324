import { type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { type GrantState, tokenFingerprint } from './rotating-provider-log.js';

/** What is known of a refresh token for ever, also after its row is gone. */
interface Issued {
  grant: string;
  spentAt: number | null;
}

/** oidc-provider's storage in memory, with a grace for spent refresh tokens, and a memory of every one that was issued. */
export class RotatingStore {
  graceSeconds = 0;
  readonly #rows = new Map<string, AdapterPayload>();
  readonly #keysOfGrant = new Map<string, Set<string>>();
  readonly #issued = new Map<string, Issued>();

  readonly adapter: AdapterFactory = (model) => ({
    upsert: async (id, payload) => this.#upsert(model, id, payload),
    find: async (id) => this.#find(model, id),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    destroy: async (id) => void this.#rows.delete(`${model}:${id}`),
    consume: async (id) => this.#consume(id),
    revokeByGrantId: async (grant) => this.#revoke(grant),
  });

  /** @param presented fingerprint of a refresh token */
  issued(presented: string): Issued | undefined {
    return this.#issued.get(presented);
  }

  isSpent({ spentAt }: Issued): boolean {
    return spentAt !== null && Date.now() - spentAt >= this.graceSeconds * 1000;
  }

  isAlive(grant: string): boolean {
    return this.#rows.has(`Grant:${grant}`);
  }

  grants(): GrantState[] {
    const live = new Map<string, string[]>();
    for (const [fingerprint, { grant, spentAt }] of this.#issued) {
      const alive = this.isAlive(grant);
      const tokens = live.get(grant) ?? [];
      live.set(grant, tokens);
      if (alive && spentAt === null) tokens.push(fingerprint);
    }
    return [...live].map(([grant, tokens]) => ({ grant, alive: this.isAlive(grant), live: tokens }));
  }

  #upsert(model: string, id: string, payload: AdapterPayload): void {
    this.#rows.set(`${model}:${id}`, payload);
    const { grantId } = payload;
    if (grantId === undefined) return;
    const keys = this.#keysOfGrant.get(grantId) ?? new Set();
    this.#keysOfGrant.set(grantId, keys.add(`${model}:${id}`));
    if (model === 'RefreshToken') this.#issued.set(tokenFingerprint(id), { grant: grantId, spentAt: null });
  }

  #find(model: string, id: string): AdapterPayload | undefined {
    const row = this.#rows.get(`${model}:${id}`);
    const issued = model === 'RefreshToken' ? this.#issued.get(tokenFingerprint(id)) : undefined;
    return row && issued && this.isSpent(issued) ? { ...row, consumed: true } : row;
  }

  /** The one place that decides between two who present the same token at once: both may have found it good a moment before. */
  #consume(id: string): void {
    const issued = this.#issued.get(tokenFingerprint(id));
    if (!issued) return;
    if (this.isSpent(issued)) {
      this.#revoke(issued.grant);
      this.#rows.delete(`Grant:${issued.grant}`);
      throw new errors.InvalidGrant('refresh token already used');
    }
    issued.spentAt ??= Date.now();
  }

  #revoke(grant: string): void {
    for (const key of this.#keysOfGrant.get(grant) ?? []) this.#rows.delete(key);
    this.#keysOfGrant.delete(grant);
  }
}
