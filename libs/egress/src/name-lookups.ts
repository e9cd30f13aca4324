import { lookup } from 'node:dns/promises';
import { EgressError } from './egress-error.js';

/** A resolver that has not said anything by then has heard nothing from the name's own servers. */
const SLOW_MILLISECONDS = 4000;
/** So long nobody asks again for a name whose servers said nothing. */
const LEFT_ALONE_MILLISECONDS = 60_000;
/** With more of them at once, those whose time is over are forgotten. */
const MOST = 1000;

interface NameLookup {
  since: number;
  answer: Promise<string[]>;
  isUnderWay: boolean;
}

/**
 * The system's resolver, asked for each name by one at a time. A question that nobody answers keeps one of the few threads that Node has for
 * them, long after whoever asked has given up: names whose servers are gone would take all threads, and with them every call that goes out.
 * https://nodejs.org/docs/latest-v20.x/api/dns.html#implementation-considerations
 */
export class NameLookups {
  readonly #lookups = new Map<string, NameLookup>();

  /** Names that are asked for, or left alone. */
  get size(): number {
    return this.#lookups.size;
  }

  /** @throws EgressError `unreachable` */
  addresses(name: string): Promise<string[]> {
    const now = performance.now();
    const known = this.#lookups.get(name);
    if (known && now < known.since + SLOW_MILLISECONDS) return known.answer;
    if (known?.isUnderWay || (known && isLeftAlone(known, now)))
      return Promise.reject(new EgressError('unreachable', { cause: new Error(`${name} is not answered for.`) }));
    if (this.#lookups.size >= MOST) this.#forget(now);
    return this.#ask(name, now);
  }

  #ask(name: string, since: number): Promise<string[]> {
    const answer = resolveAll(name);
    const asked: NameLookup = { since, answer, isUnderWay: true };
    this.#lookups.set(name, asked);
    const end = () => {
      asked.isUnderWay = false;
      if (performance.now() < since + SLOW_MILLISECONDS) this.#lookups.delete(name);
    };
    answer.then(() => this.#lookups.delete(name), end);
    return answer;
  }

  #forget(now: number): void {
    for (const [name, known] of this.#lookups)
      if (!known.isUnderWay && !isLeftAlone(known, now)) this.#lookups.delete(name);
  }
}

function isLeftAlone({ since }: NameLookup, now: number): boolean {
  return now < since + LEFT_ALONE_MILLISECONDS;
}

async function resolveAll(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new EgressError('unreachable', { cause: error });
  }
}
