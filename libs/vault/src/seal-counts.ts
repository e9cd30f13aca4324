import type { TenantId } from '#libs/database';

export interface SealCount {
  tenantId: TenantId;
  generation: number;
  seals: number;
}

/**
 * How many values each data key has sealed since the last flush. A crash loses the counts of a few seconds, which is why the bound that they
 * are held against is half of what a key may seal (NIST SP 800-38D §8.3).
 */
export class SealCounts {
  readonly #counts = new Map<TenantId, Map<number, number>>();

  note(tenantId: TenantId, generation: number, seals = 1): void {
    let generations = this.#counts.get(tenantId);
    if (!generations) this.#counts.set(tenantId, (generations = new Map<number, number>()));
    generations.set(generation, (generations.get(generation) ?? 0) + seals);
  }

  /** What could not be written is kept for the next time. */
  async flush(write: (counts: SealCount[]) => Promise<void>): Promise<void> {
    const counts = [...this.#counts].flatMap(([tenantId, generations]) =>
      [...generations].map(([generation, seals]) => ({ tenantId, generation, seals })),
    );
    if (counts.length === 0) return;
    this.#counts.clear();
    try {
      await write(counts);
    } catch (error) {
      for (const { tenantId, generation, seals } of counts) this.note(tenantId, generation, seals);
      throw error;
    }
  }
}
