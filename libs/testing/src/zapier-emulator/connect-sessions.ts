import { randomUUID } from 'node:crypto';
import type { App } from './catalog.js';
import type { User } from './people.js';

/** Connect in one browser, from the redemption of its token on. */
export interface ConnectSession {
  client: string;
  user: User;
  app: App;
  redirectUri: string | null;
  state: string | null;
  theme: string | null;
  reconnectId: string | null;
  expiresAt: number;
}

const LIFE_MILLISECONDS = 30 * 60 * 1000;

export class ConnectSessions {
  readonly #open = new Map<string, ConnectSession>();

  /** @returns its id, which the browser alone holds */
  open(session: Omit<ConnectSession, 'expiresAt'>, now: number): string {
    const id = randomUUID();
    this.#open.set(id, { ...session, expiresAt: now + LIFE_MILLISECONDS });
    return id;
  }

  find(id: string, now: number): ConnectSession | undefined {
    const found = this.#open.get(id);
    return found && found.expiresAt > now ? found : undefined;
  }

  end(id: string): void {
    this.#open.delete(id);
  }
}
