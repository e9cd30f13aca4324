import { randomUUID } from 'node:crypto';
import type { Action, Inputs, Outcome } from './action.js';
import type { App } from './catalog.js';
import type { Connection, User } from './people.js';
import type { EmulatorSettings } from './settings.js';

export interface Run {
  id: string;
  client: string;
  user: User;
  app: App;
  action: Action;
  inputs: Inputs;
  outcome: Outcome;
  createdAt: number;
  doneAt: number;
  callbackUrl: string | null;
  isDone: boolean;
  /** How often its callback was sent, and what the last one drew; null for no answer. */
  callbacks: (number | null)[];
}

/** How often a write was carried out for a user, by the input that marks it. */
export interface CountedWrite {
  user: string;
  marker: string;
  app: string;
  action: string;
  times: number;
}

interface NewRun {
  client: string;
  user: User;
  app: App;
  action: Action;
  connection: Connection | null;
  inputs: Inputs;
  callbackUrl: string | null;
  /** Decided by a rule, in the place of the action's own. */
  outcome: Outcome | null;
  hasGuideId: boolean;
}

export class RunBook {
  readonly #runs = new Map<string, Run>();
  readonly #writes = new Map<string, CountedWrite>();
  readonly #pending = new Set<Run>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Told of each run that ends. */
  onEnd: (run: Run) => void = () => undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly settings: EmulatorSettings,
    private readonly now: () => number,
  ) {}

  /** It is carried out here and now, if it succeeds; that this is known takes longer. */
  create({ connection, outcome: decided, hasGuideId, ...run }: NewRun): Run {
    const now = this.now();
    const outcome = decided ?? this.execute(run.user, run.app, run.action, connection, run.inputs);
    const { runMilliseconds, runMillisecondsOf } = this.settings;
    const takes = run.action.milliseconds?.(run.inputs) ?? runMillisecondsOf[run.action.key] ?? runMilliseconds;
    const id = hasGuideId ? `arun_${randomUUID().replaceAll('-', '')}` : randomUUID();
    const created: Run = { ...run, id, outcome, createdAt: now, doneAt: now + takes, isDone: false, callbacks: [] };
    this.#runs.set(id, created);
    this.#pending.add(created);
    this.#settleLater(takes);
    return created;
  }

  /** What it comes to; a write that succeeds is counted. */
  execute(user: User, app: App, action: Action, connection: Connection | null, inputs: Inputs): Outcome {
    if (app.connects && (!connection || connection.isExpired)) {
      return {
        error: 'authentication',
        detail: connection ? 'The connection has expired.' : 'A connection is needed.',
      };
    }
    const outcome = action.run(inputs);
    if (action.type === 'WRITE' && 'results' in outcome) this.#count(user, app, action, inputs);
    return outcome;
  }

  find(id: string): Run | undefined {
    this.settleDue();
    return this.#runs.get(id);
  }

  list(): Run[] {
    this.settleDue();
    return [...this.#runs.values()];
  }

  writes(): CountedWrite[] {
    return [...this.#writes.values()];
  }

  settleDue(): void {
    const now = this.now();
    for (const run of this.#pending) {
      if (run.doneAt > now) continue;
      run.isDone = true;
      this.#pending.delete(run);
      this.onEnd(run);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #settleLater(milliseconds: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.settleDue();
    }, milliseconds + 1);
    this.#timers.add(timer);
  }

  #count(user: User, app: App, action: Action, inputs: Inputs): void {
    const given = inputs.marker ?? inputs[action.marker] ?? '';
    const marker = typeof given === 'string' ? given : JSON.stringify(given);
    const key = JSON.stringify([user.id, marker, app.id, action.key]);
    const counted = this.#writes.get(key);
    if (counted) counted.times += 1;
    else this.#writes.set(key, { user: user.name, marker, app: app.key, action: action.key, times: 1 });
  }
}
