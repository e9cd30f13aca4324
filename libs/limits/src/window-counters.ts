import type { TenantId } from '#libs/database';

export interface Counted {
  tenantId: TenantId;
  /** What is counted, such as `user:` and an id. */
  name: string;
  windowStart: Date;
  count: number;
}

interface Counter {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly windowStart: Date;
  /** Of all processes, when they were last asked. */
  shared: number;
  /** Of ours, under way to the others. */
  sending: number;
  /** Of ours, since. */
  unsent: number;
}

/**
 * Counts in memory, one window for each name, and exchanges with the other processes now and then: what is believed is what all had counted at
 * the last exchange and what this process counted since. It is never less than what this process counted itself.
 */
export class WindowCounters {
  readonly #counters = new Map<string, Counter>();
  readonly #unsent = new Set<Counter>();

  /** @param names kept at most. The oldest leaves first, with what was not exchanged of it: so a flood of names costs memory only so far */
  constructor(private readonly names: number) {}

  believed(tenantId: TenantId, name: string, windowStart: Date): number {
    const counter = this.#counters.get(keyOf(tenantId, name));
    return counter && isIn(counter, windowStart) ? counter.shared + counter.sending + counter.unsent : 0;
  }

  /** @returns takes it back: it is as if it had never been counted */
  add(tenantId: TenantId, name: string, windowStart: Date, count: number): () => void {
    const counter = this.#counterOf(tenantId, name, windowStart);
    this.#change(counter, count);
    let isTaken = true;
    return () => {
      if (isTaken) this.#change(counter, -count);
      isTaken = false;
    };
  }

  /**
   * Hands over what was counted since the last call, and learns the totals. What could not be handed over is kept; if it arrived without our
   * hearing of it, it counts twice: rather that than not at all.
   * @param add of the current window only: what was counted in one before is of no use to anybody
   */
  async exchange(windowStart: Date, add: (own: Counted[]) => Promise<Counted[]>): Promise<void> {
    const sent = [...this.#unsent].filter((counter) => isIn(counter, windowStart) && counter.unsent !== 0);
    this.#unsent.clear();
    if (sent.length === 0) return;
    for (const counter of sent) {
      counter.sending = counter.unsent;
      counter.unsent = 0;
    }
    try {
      const totals = await add(sent.map(({ sending, ...counter }) => toCounted(counter, sending)));
      this.#learn(totals);
    } catch (error) {
      for (const counter of sent) this.#putBack(counter);
      throw error;
    }
  }

  #learn(totals: Counted[]): void {
    for (const { tenantId, name, windowStart, count } of totals) {
      const counter = this.#counters.get(keyOf(tenantId, name));
      if (!counter || !isIn(counter, windowStart)) continue;
      counter.shared = count;
      counter.sending = 0;
    }
  }

  #putBack(counter: Counter): void {
    const { sending } = counter;
    counter.sending = 0;
    this.#change(counter, sending);
  }

  #change(counter: Counter, count: number): void {
    // One that has left may have a successor under its name by now, and the statement takes each name once.
    if (this.#counters.get(keyOf(counter.tenantId, counter.name)) !== counter) return;
    counter.unsent += count;
    this.#unsent.add(counter);
  }

  #counterOf(tenantId: TenantId, name: string, windowStart: Date): Counter {
    const key = keyOf(tenantId, name);
    const held = this.#counters.get(key);
    if (held && isIn(held, windowStart)) return held;
    if (held) this.#leave(key, held);
    this.#makeRoom();
    const counter = { tenantId, name, windowStart, shared: 0, sending: 0, unsent: 0 };
    this.#counters.set(key, counter);
    return counter;
  }

  #makeRoom(): void {
    const [oldest] = this.#counters;
    if (this.#counters.size >= this.names && oldest) this.#leave(...oldest);
  }

  #leave(key: string, counter: Counter): void {
    this.#counters.delete(key);
    this.#unsent.delete(counter);
  }
}

function isIn({ windowStart }: Counter, start: Date): boolean {
  return windowStart.getTime() === start.getTime();
}

function toCounted({ tenantId, name, windowStart }: Pick<Counter, 'tenantId' | 'name' | 'windowStart'>, count: number) {
  return { tenantId, name, windowStart, count };
}

function keyOf(tenantId: TenantId, name: string): string {
  return `${tenantId} ${name}`;
}
