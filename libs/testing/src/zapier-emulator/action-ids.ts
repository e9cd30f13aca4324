import { randomUUID } from 'node:crypto';
import type { Action } from './action.js';
import type { App } from './catalog.js';

interface Listed {
  app: App;
  action: Action;
}

/** Ids of actions, which are others at each lookup: only app, type and key of an action last. */
export class ActionIds {
  readonly #listed = new Map<string, Listed>();
  readonly #ofReader = new Map<string, Set<string>>();

  /** @param reader for whom the actions of an app are listed @param endEarlier whether what was listed to them before ends */
  list(reader: string, app: App, actions: readonly Action[], endEarlier: boolean): string[] {
    const held = `${reader} ${app.id}`;
    const earlier = this.#ofReader.get(held) ?? new Set();
    if (endEarlier) for (const id of earlier) this.#listed.delete(id);
    const ids = actions.map((action, at) => {
      const id = `${at % 2 === 0 ? 'core' : 'uag'}:${randomUUID()}`;
      this.#listed.set(id, { app, action });
      return id;
    });
    this.#ofReader.set(held, new Set(endEarlier ? ids : [...earlier, ...ids]));
    return ids;
  }

  find(id: string): Listed | undefined {
    return this.#listed.get(id);
  }
}
