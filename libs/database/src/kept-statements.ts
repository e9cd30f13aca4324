import { createHash } from 'node:crypto';

/** Times that a connection is given a statement before it is worth keeping there. */
const WORTH_KEEPING = 3;
/**
 * So long a plan is used. One that was made while its tables were small is not right for ever, and what is no longer asked for goes with it.
 */
const KEPT_MILLISECONDS = 30_000;

/** How a statement is sent: by a name under which the server keeps it, or for this once. */
export interface SentStatement {
  /** Empty: the server does not keep it. */
  readonly name: string;
  /** The server has it by its name; else it is parsed first. */
  isKept: boolean;
}

interface CountedStatement extends SentStatement {
  name: string;
  uses: number;
}

/**
 * The statements that a connection's server keeps parsed and planned: more than half of what a short statement costs there. Its names are
 * digests of the texts, so that one name never means two statements.
 */
export class KeptStatements {
  #statements = new Map<string, CountedStatement>();
  #since: number;
  #isAllowed: boolean | null = null;

  constructor(private readonly milliseconds = () => performance.now()) {
    this.#since = milliseconds();
  }

  /** Something is worth keeping, and it is not known whether the server is the same for each statement: behind a pooler it is not. */
  get isAsking(): boolean {
    return this.#isAllowed === null && [...this.#statements.values()].some(({ uses }) => uses >= WORTH_KEEPING);
  }

  allow(isAllowed: boolean): void {
    this.#isAllowed = isAllowed;
  }

  /** To be called as it is sent. */
  send(text: string): SentStatement {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = { name: '', isKept: false, uses: 0 }));
    statement.uses += 1;
    if (this.#isAllowed && statement.uses > WORTH_KEEPING) statement.name ||= nameOf(text);
    return statement;
  }

  /** Names that are to be given up now; nothing is kept after that. */
  outdated(): string[] {
    if (this.milliseconds() - this.#since < KEPT_MILLISECONDS) return [];
    this.#since = this.milliseconds();
    const names = [...this.#statements.values()].filter(({ isKept }) => isKept).map(({ name }) => name);
    this.#statements = new Map();
    return names;
  }
}

function nameOf(text: string): string {
  return `gatehouse_${createHash('sha256').update(text).digest('base64url')}`;
}
