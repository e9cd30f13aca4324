import { CHAIN_START, entryHash, type ChainEnd, type Link } from '#libs/audit';

/** An entry may be committed, and so get its place, after younger ones: not by so long. */
const MAX_LATENESS_MILLISECONDS = 3_600_000;

/**
 * `changed`: it is not what its hash says · `missing`: the one that stood there is gone · `inserted`: nothing follows it, or it claims to be of a time
 * long before the one that it follows · `reordered`: it follows another one than it did · `truncated`: the chain was longer · `rewritten`: it is not what
 * was signed · `forged`: a checkpoint that we did not sign.
 */
type BreakKind = 'changed' | 'missing' | 'inserted' | 'reordered' | 'truncated' | 'rewritten' | 'forged';

export interface Break {
  kind: BreakKind;
  sequence: number;
  /** Null when it is not there. */
  entryId: string | null;
}

type Previous = ChainEnd & { id: string | null; at: Date | null };

/** Follows a chain link by link, as far as its rows alone can tell. */
export class ChainCheck {
  #last: Previous;
  #beforeLast: Previous | null = null;

  constructor(start: ChainEnd = { sequence: 0, hash: CHAIN_START }) {
    this.#last = { ...start, id: null, at: null };
  }

  get end(): ChainEnd {
    return this.#last;
  }

  /** From where another check goes on with all that this one knows: before the last link, which it then follows once more. */
  get resumption(): ChainEnd {
    return this.#beforeLast ?? this.#last;
  }

  /** @returns null when it hangs together so far; `reordered` also when what it follows is nowhere: `missing` then, as the caller finds out */
  next(link: Link): Break | null {
    const last = this.#last;
    if (link.sequence !== last.sequence + 1) return { kind: 'missing', sequence: last.sequence + 1, entryId: null };
    const here = { sequence: link.sequence, entryId: link.id };
    if (!isSame(link.hash, link.previousHash && entryHash(link.previousHash, link)))
      return { kind: 'changed', ...here };
    if (!isSame(link.previousHash, last.hash)) {
      if (this.#beforeLast && isSame(link.previousHash, this.#beforeLast.hash))
        return { kind: 'inserted', sequence: last.sequence, entryId: last.id };
      return { kind: 'reordered', ...here };
    }
    if (last.at && last.at.getTime() - link.at.getTime() > MAX_LATENESS_MILLISECONDS)
      return { kind: 'inserted', ...here };
    this.#beforeLast = last;
    this.#last = link;
    return null;
  }
}

/** What somebody has emptied is the same as nothing. */
function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one !== null && other !== null && one.equals(other);
}
