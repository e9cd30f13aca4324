interface Waiting {
  since: number;
}

/** Who waits for a connection of the pool, in the order in which they came: the pool itself tells how many, and not for how long. */
export class PoolQueue {
  /** Keeps the order in which they were added. */
  readonly #waiting = new Set<Waiting>();

  /** @param connect ends when there is a connection, or when there will be none */
  async wait<Client>(connect: () => Promise<Client>): Promise<Client> {
    const waiting = { since: performance.now() };
    this.#waiting.add(waiting);
    try {
      return await connect();
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** For so long the first of them has waited; 0 when nobody waits. */
  get longestMilliseconds(): number {
    for (const { since } of this.#waiting) return performance.now() - since;
    return 0;
  }
}
