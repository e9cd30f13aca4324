export interface RecentUse {
  tenantId: string;
  /** What was used, such as a `kid`. */
  name: string;
  firstAt: Date;
  lastAt: Date;
}

/**
 * Gathers uses in memory, so that a hot path writes nothing: whoever owns the rows flushes it now and then. A crash loses the uses since
 * the last flush, and nothing else.
 */
export class RecentUses {
  readonly #uses = new Map<string, RecentUse>();

  note(tenantId: string, name: string, at: Date): void {
    const use = this.#uses.get(key({ tenantId, name }));
    if (use) use.lastAt = at;
    else this.#uses.set(key({ tenantId, name }), { tenantId, name, firstAt: at, lastAt: at });
  }

  /** Hands over everything noted since the last call. What could not be written is kept for the next one. */
  async flush(write: (uses: RecentUse[]) => Promise<void>): Promise<void> {
    const uses = [...this.#uses.values()];
    if (uses.length === 0) return;
    this.#uses.clear();
    try {
      await write(uses);
    } catch (error) {
      for (const use of uses) this.#putBack(use);
      throw error;
    }
  }

  #putBack(use: RecentUse): void {
    const later = this.#uses.get(key(use));
    this.#uses.set(key(use), later ? { ...later, firstAt: use.firstAt } : use);
  }
}

function key({ tenantId, name }: Pick<RecentUse, 'tenantId' | 'name'>): string {
  return `${tenantId} ${name}`;
}
