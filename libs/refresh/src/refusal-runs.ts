import { secondsAfter } from '#libs/scheduling';

/** So many different users do not all end their authorizations while hardly anybody's is renewed. */
const CONNECTIONS = 20;
/** Within that, and for so long they are held: an app that was in trouble has recovered by then, or it means it. */
const HELD_SECONDS = 3600;
const FORGOTTEN_SECONDS = 86_400;
const ENTRIES = 10_000;

interface Run {
  /** The first refusal; from the twentieth connection on, the time of that. */
  since: Date;
  connections: Set<string>;
  /** By how much the refusals outnumber the renewals, up to the number of connections: so many renewals end any run. */
  lead: number;
}

/**
 * Refusals of users' grants, one after the other, per app and in this process. One refusal is that user's. An app that refuses nearly everybody has
 * lost its tokens, or has a fault: who is called in then may have to connect again for nothing.
 */
export class RefusalRuns {
  readonly #runs = new Map<string, Run>();

  /** @returns whether the app is more likely to blame than the user: for an hour at most, after which it is believed */
  refused(app: string, connectionId: string, now: Date): boolean {
    const run = this.#current(app, now);
    const wasOne = run.connections.size >= CONNECTIONS;
    if (!wasOne) run.connections.add(connectionId);
    run.lead = Math.min(run.lead + 1, CONNECTIONS);
    if (run.connections.size < CONNECTIONS) return false;
    if (!wasOne) run.since = now;
    return secondsAfter(run.since, HELD_SECONDS) > now;
  }

  renewed(app: string): void {
    const run = this.#runs.get(app);
    if (!run) return;
    run.lead -= 1;
    if (run.lead < 0) this.#runs.delete(app);
  }

  #current(app: string, now: Date): Run {
    const run = this.#runs.get(app);
    if (run) {
      const seconds = run.connections.size < CONNECTIONS ? HELD_SECONDS : FORGOTTEN_SECONDS;
      if (secondsAfter(run.since, seconds) > now) return run;
    } else if (this.#runs.size >= ENTRIES) {
      this.#runs.clear();
    }
    const begun = { since: now, connections: new Set<string>(), lead: 0 };
    this.#runs.set(app, begun);
    return begun;
  }
}
